import { UserError } from '../../contracts/failures.ts';
import { PROTOCOLS, type Protocol, type ProtocolFacts } from '../../contracts/protocols.ts';
import { NOT_SENT, type Provider, type Study, type Teacher } from '../../contracts/study.ts';
import { checkAccess, checkParameters } from './check-asking.ts';
import { rolesOf } from './roles-of.ts';

type Asking = Pick<Study, 'providers' | 'teacher' | 'keepGrader' | 'graders'>;
type Facts = Readonly<Record<Protocol, ProtocolFacts>>;

/** Checks that every provider can be reached and that its protocol supports what the study asks of it. */
export function checkProviders(study: Asking, facts: Facts = PROTOCOLS): void {
  for (const [place, role] of rolesOf(study)) {
    const provider = study.providers[role.provider];
    if (provider) checkRole(place, role, { protocol: provider.protocol, facts: facts[provider.protocol] });
  }
  for (const [name, provider] of Object.entries(study.providers)) {
    checkProvider(name, provider, facts);
    const asked = rolesOf(study).filter(([, role]) => role.provider === name);
    checkAccess(
      name,
      provider,
      asked.map(([, { model }]) => model),
    );
  }
}

interface ProviderProtocol {
  readonly protocol: Protocol;
  readonly facts: ProtocolFacts;
}

function checkRole(place: string, { parameters, mode }: Teacher, { protocol, facts }: ProviderProtocol): void {
  checkParameters(place, protocol, parameters);
  if (facts.limitDemanded && parameters.maxTokens === NOT_SENT)
    throw new UserError(
      `${place}.parameters.maxTokens: "${NOT_SENT}", but the ${protocol} protocol requires a limit.`,
      'Name a number of tokens that leaves room for the whole reply, as 1024.',
    );
  if (!facts.batches && mode === 'batch')
    throw new UserError(
      `${place}.mode: batch, but the ${protocol} protocol has no batches.`,
      'Leave out `mode`, or name a provider of another protocol.',
    );
}

function checkProvider(name: string, { protocol, endpoint, apiKey }: Provider, facts: Facts): void {
  if (name === 'student')
    throw new UserError(
      'providers.student: this name is reserved for students.',
      'Give the provider another name, for example that of its maker.',
    );
  if (endpoint === 'lab' && !facts[protocol].lab)
    throw new UserError(
      `providers.${name}.endpoint: lab, but the lab does not speak the ${protocol} protocol.`,
      `Give it an address, or one of the lab's protocols: ${labProtocols(facts).join(', ')}.`,
    );
  if (endpoint === 'lab' || apiKey !== undefined) return;
  throw new UserError(
    `providers.${name}: no \`apiKey\`.`,
    'Name the environment variable of the worker that holds the key, as `apiKey: OPENAI_API_KEY`.',
  );
}

const labProtocols = (facts: Facts): string[] => Object.keys(facts).filter((name) => facts[name as Protocol].lab);
