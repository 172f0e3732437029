/** How the providers of a plan are reached: address, key and protocol, one client for each account. */
import type { ModelRequest } from '../../contracts/calls.ts';
import { STUDENT_PROVIDER } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Protocol } from '../../contracts/protocols.ts';
import { findServer } from '../ledger/arms/checkpoints.ts';
import { findAccess } from '../ledger/models/access.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { hideKeyInBatches } from '../providers/hide-key-in-batches.ts';
import { hideKey } from '../providers/hide-key.ts';
import type { ModelProvider } from '../providers/model-provider.ts';
import { openaiProvider } from '../providers/openai-provider.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { clientsOf } from '../providers/registry.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';
import type { CallLog } from './call-runtime.ts';
import { deadlineOf } from './deadline-of.ts';
import { findHeaders } from './find-headers.ts';

export async function providerFor(context: ActivityContext, plan: Plan, request: ModelRequest): Promise<ModelProvider> {
  if (request.provider === STUDENT_PROVIDER) {
    const deadline = deadlineOf(context, request);
    const url = await findServer(context.ledger.tables, request.model);
    if (!url)
      throw new ProviderFault(FAILURES.outage, `student ${request.model.slice(0, 12)}: not served yet`, {
        ownWait: 500,
      });
    return remember(clients, context, `${url} ${deadline}`, () =>
      openaiProvider({ name: STUDENT_PROVIDER, url: `${url}/v1`, apiKey: 'EMPTY', deadline }),
    );
  }
  const { protocol, account, secrets, ...settings } = await settingsOf(context, plan, request.provider);
  return remember(clients, context, account, () => hideKey(clientsOf(protocol).single(settings), ...secrets));
}

/** As `providerFor`, for requests that go many at once. */
export async function batchProviderFor(
  context: ActivityContext,
  plan: Plan,
  provider: string,
  { warn }: CallLog,
): Promise<BatchProvider> {
  const { protocol, account, secrets, ...settings } = await settingsOf(context, plan, provider);
  const make = clientsOf(protocol).batch;
  if (!make) throw new RangeError(`provider "${provider}": protocol ${protocol} has no batches`);
  return remember(batchClients, context, account, () =>
    // Twice the deadline: what was cut there may still be on its way to the provider.
    hideKeyInBatches(make({ ...settings, inTransitMs: 2 * context.deadline, warn }), ...secrets),
  );
}

/** How a provider of the plan is reached. `account`: two studies may mean different ones by one name. */
async function settingsOf(context: ActivityContext, plan: Plan, name: string) {
  const provider = plan.science.providers[name];
  if (!provider) throw new RangeError(`provider "${name}" is not in the plan`);
  const { protocol, endpoint, apiKey: variable } = provider;
  const url = endpoint === 'default' ? undefined : endpoint === 'lab' ? labUrl(context, protocol) : endpoint;
  const apiKey = endpoint === 'lab' ? 'lab' : readKey(context, name, variable);
  const access = (await findAccess(context.ledger.tables, hashOfPlan(plan), name)) ?? {};
  const { headers, secrets } = findHeaders(name, access, context.environment);
  const account = [name, protocol, url ?? '', variable ?? '', JSON.stringify(access)].join('|');
  const { deadline } = context;
  return { protocol, account, secrets: [apiKey, ...secrets], name, url, apiKey, deadline, access, headers };
}

function labUrl({ lab }: ActivityContext, protocol: Protocol): string {
  const url = lab[protocol];
  if (url) return url;
  throw new ProviderFault(FAILURES.outage, `the lab's ${protocol} server does not run; start it with \`./etude lab\``);
}

/** A key that no header can carry would fail as if the provider were away. */
function readKey({ environment }: ActivityContext, provider: string, variable: string | undefined): string {
  const key = environment[variable ?? '']?.trim();
  if (key && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ProviderFault(
    FAILURES.auth,
    `${provider}: the worker's environment has no usable ${variable ?? 'key'}; set it and start the worker again`,
  );
}

type Clients<T> = WeakMap<ActivityContext, Map<string, T>>;
const clients: Clients<ModelProvider> = new WeakMap();
const batchClients: Clients<BatchProvider> = new WeakMap();

function remember<T>(all: Clients<T>, context: ActivityContext, name: string, make: () => T): T {
  const known = all.get(context) ?? new Map<string, T>();
  all.set(context, known);
  const client = known.get(name) ?? make();
  known.set(name, client);
  return client;
}
