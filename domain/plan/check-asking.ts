/** What a study may ask of a protocol: parameters that it refuses are refused here, before anything is sent. */
import type { Provider } from '../../contracts/asking.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Protocol } from '../../contracts/protocols.ts';
import { NOT_SENT, type Parameters, type Student } from '../../contracts/study.ts';
import { requireKnown } from './require.ts';

type Check = (place: string, parameters: Parameters) => void;

const CHECKS: Readonly<Record<Protocol, Check>> = { openai: checkChat, anthropic: checkMessages };

/** `place`: of the role in the study file. */
export const checkParameters = (place: string, protocol: Protocol, parameters: Parameters): void =>
  CHECKS[protocol](`${place}.parameters`, parameters);

function checkChat(place: string, { thinking }: Parameters): void {
  if (thinking !== undefined)
    throw new UserError(
      `${place}.thinking: only the anthropic protocol has it.`,
      'Leave it out, and write `reasoningEffort` if the model takes one.',
    );
}

const BELOW_LOW: readonly unknown[] = ['none', 'minimal'];

function checkMessages(
  place: string,
  { maxTokens, temperature, topP, reasoningEffort, thinking, verbosity }: Parameters,
) {
  if (verbosity !== undefined)
    throw new UserError(`${place}.verbosity: only the openai protocol has it.`, 'Leave it out.');
  if (BELOW_LOW.includes(reasoningEffort))
    throw new UserError(
      `${place}.reasoningEffort: ${reasoningEffort}, but the anthropic protocol begins with low.`,
      'Write `low`, or leave it out and write `thinking: off`.',
    );
  if (thinking === undefined || thinking === 'off') return;
  if (temperature !== NOT_SENT && temperature !== 1)
    throw new UserError(
      `${place}.temperature: ${temperature}, but beside \`thinking\` only 1, the default, is accepted.`,
      'Write `temperature: not sent`, or leave `thinking` out.',
    );
  if (topP !== NOT_SENT && topP < LEAST_TOP_P)
    throw new UserError(
      `${place}.topP: ${topP}, but beside \`thinking\` only ${LEAST_TOP_P} to 1 is accepted.`,
      'Write `topP: not sent`, or leave `thinking` out.',
    );
  if (thinking !== 'adaptive' && maxTokens !== NOT_SENT && thinking.budget >= maxTokens)
    throw new UserError(
      `${place}.thinking.budget: ${thinking.budget}, but maxTokens is ${maxTokens}: thoughts count within it, and the reply needs room after them.`,
      `Raise \`maxTokens\` above ${thinking.budget} by the length of a reply, or lower the budget.`,
    );
}

/** What Anthropic takes beside thoughts. */
const LEAST_TOP_P = 0.95;

/** Students are served here, by a server that knows neither. */
export function checkStudentParameters({ id, parameters }: Pick<Student, 'id' | 'parameters'>): void {
  for (const key of ['reasoningEffort', 'thinking', 'verbosity'] as const)
    if (parameters[key] !== undefined)
      throw new UserError(`students.${id}.parameters.${key}: a student has none.`, 'Leave it out.');
}

/** Made by the clients from the other keys of the provider, or decided by the connection. */
const OWN_HEADERS: Readonly<Record<string, string>> = {
  authorization: 'name the variable of the key as `apiKey`',
  'x-api-key': 'name the variable of the key as `apiKey`',
  'openai-organization': 'write `organisation`',
  'openai-project': 'write `project`',
  ...Object.fromEntries(
    ['host', 'connection', 'content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'accept'].map(
      (name) => [name, 'leave it out'],
    ),
  ),
};
/** Headers by these names carry secrets: those of Azure, of gateways and of proxies among them. */
const SECRET_HEADER = /(?:^|[-_])(?:api[-_]?key|key|token|secret|password|cookie|auth|authorization|credential)s?$/i;

const TIERS: Readonly<Record<Protocol, readonly string[]>> = {
  openai: ['auto', 'default', 'flex', 'scale', 'priority'],
  anthropic: ['auto', 'standard_only'],
};

/** `models`: those that the study asks of the provider. */
export function checkAccess(name: string, provider: Provider, models: readonly string[]): void {
  const { protocol, headers = {}, serviceTier, servedAs = {}, tokenLimit } = provider;
  const place = `providers.${name}`;
  for (const [header, value] of Object.entries(headers)) checkHeader(`${place}.headers.${header}`, header, value);
  for (const key of ['organisation', 'project'] as const)
    if (provider[key] !== undefined && protocol !== 'openai')
      throw new UserError(`${place}.${key}: only the openai protocol has it.`, 'Leave it out.');
  if (serviceTier !== undefined && !TIERS[protocol].includes(serviceTier))
    throw new UserError(
      `${place}.serviceTier: ${serviceTier}, but the ${protocol} protocol has ${TIERS[protocol].join(', ')}.`,
      'Write one of those, or leave it out.',
    );
  if (tokenLimit === 'max_completion_tokens' && protocol !== 'openai')
    throw new UserError(
      `${place}.tokenLimit: ${tokenLimit}, but the ${protocol} protocol has max_tokens only.`,
      'Leave it out.',
    );
  for (const model of Object.keys(servedAs)) requireKnown(`${place}.servedAs`, model, models);
}

function checkHeader(place: string, header: string, value: NonNullable<Provider['headers']>[string]): void {
  const own = OWN_HEADERS[header.toLowerCase()];
  if (own !== undefined) throw new UserError(`${place}: the program writes this header itself.`, `Instead ${own}.`);
  if (typeof value === 'string' && SECRET_HEADER.test(header))
    throw new UserError(
      `${place}: by its name it carries a secret; the value is not shown here.`,
      `Put the value into an environment variable and write its name, as \`${header}: {env: GATEWAY_KEY}\`.`,
    );
}
