/** One paid model request: never sent when its reply is known, kept before the activity completes (invariant 1). */
import { setTimeout as wait } from 'node:timers/promises';
import { activityInfo, ApplicationFailure, cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ModelReply, ModelRequest, StoredCall } from '../contracts/calls.ts';
import { FAILURES } from '../contracts/failures.ts';
import type { Plan } from '../contracts/plan.ts';
import { STUDENT_PROVIDER } from '../domain/item-requests.ts';
import { requestKey } from '../domain/requests.ts';
import type { ActivityContext } from './activity-context.ts';
import { admitCall, hashOfPlan, requireNotStopped, STOPPED_RETRY_MS } from './admit-call.ts';
import { findServer } from './ledger/checkpoints.ts';
import { holdProvider } from './ledger/holds.ts';
import type { Ledger } from './ledger/ledger.ts';
import { anthropicProvider } from './providers/anthropic-provider.ts';
import type { ModelProvider } from './providers/model-provider.ts';
import { openaiProvider } from './providers/openai-provider.ts';
import { ProviderFault } from './providers/provider-fault.ts';

const POLL_MS = 200;
const KEEP_AGAIN_MS = 1_000;
const BACKOFF_CEILING_MS = 60_000;

/** Throws `ApplicationFailure` when there is no reply yet; Temporal asks again, after the wait it names. */
export async function callModel(context: ActivityContext, plan: Plan, request: ModelRequest): Promise<StoredCall> {
  const { ledger, owner, deadline } = context;
  const key = requestKey(request);
  for (;;) {
    const known = await ledger.find(key);
    if (known) return known;
    // The claim outlives the deadline, so that a slow sender is never doubled.
    // Seen before the claim, so that waiting writes nothing; what counts is the look after it.
    await requireNotStopped(context, plan, request).catch(fail(context, plan, request));
    if (await ledger.claim(key, owner, deadline + 5_000)) break;
    await wait(POLL_MS, undefined, { signal: cancellationSignal() });
  }
  // Another sender may have kept its reply between our look and our claim.
  const known = await ledger.find(key);
  if (known) {
    await ledger.unclaim(key, owner);
    return known;
  }
  return send(context, plan, key, request);
}

async function send(context: ActivityContext, plan: Plan, key: string, request: ModelRequest): Promise<StoredCall> {
  const { ledger, owner } = context;
  const prepare = async () => ({
    provider: await providerFor(context, plan, request),
    admission: await admitCall(context, plan, request),
  });
  const { provider, admission } = await prepare().catch(async (error: unknown) => {
    await ledger.unclaim(key, owner);
    return fail(context, plan, request)(error);
  });
  let reply: ModelReply;
  try {
    reply = await provider.send(request, cancellationSignal());
    requirePlannedModel(request, reply);
  } catch (error) {
    if (!(error instanceof ProviderFault)) {
      await admission.settle({ abandoned: true });
      await ledger.release(key, owner, { abandoned: true });
      throw error;
    }
    await admission.settle({ abandoned: error.abandoned });
    if (error.type === FAILURES.badRequest) return keep(ledger, key, request, { end: 'failed', reason: error.message });
    await ledger.release(key, owner, { abandoned: error.abandoned });
    throw await asFailure(context, plan, request, error);
  }
  const kept = await keep(ledger, key, request, reply);
  await admission.settle({ reply });
  return kept;
}

/** A reply in hand is paid for: while the ledger cannot take it (a full disk), it is offered again until the worker stops. */
async function keep(ledger: Ledger, key: string, request: ModelRequest, reply: StoredCall): Promise<StoredCall> {
  for (;;) {
    try {
      return await ledger.keep(key, request, reply);
    } catch (error) {
      log.warn('the ledger does not take a reply; it is offered again', { key, error: String(error) });
      await wait(KEEP_AGAIN_MS, undefined, { signal: cancellationSignal() });
    }
  }
}

/** A snapshot's date or number, as in `-2024-08-06`, `-20241022`, `-0613`: the same model under its exact name. */
const SNAPSHOT = /^-(\d{4}-\d{2}-\d{2}|\d{3,8})$/;

/** A dated snapshot may answer for its alias; any other model may not (invariant 8). */
function requirePlannedModel(request: ModelRequest, reply: ModelReply): void {
  const { servedModel } = reply;
  const alias = request.model.replace(/-latest$/, '');
  if (servedModel === request.model) return;
  if (servedModel.startsWith(alias) && SNAPSHOT.test(servedModel.slice(alias.length))) return;
  throw new ProviderFault(
    FAILURES.modelGone,
    `${request.provider}: asked for ${request.model}, answered by ${servedModel}; name the model that is served, as a marked deviation`,
    // Answered, and so charged.
    { abandoned: true },
  );
}

async function providerFor(context: ActivityContext, plan: Plan, request: ModelRequest): Promise<ModelProvider> {
  const { deadline } = context;
  if (request.provider === STUDENT_PROVIDER) {
    const url = await findServer(context.ledger.tables, request.model);
    if (!url)
      throw new ProviderFault(FAILURES.outage, `student ${request.model.slice(0, 12)}: not served yet`, {
        retryAfter: 500,
      });
    return remember(context, url, () =>
      openaiProvider({ name: STUDENT_PROVIDER, url: `${url}/v1`, apiKey: 'EMPTY', deadline }),
    );
  }
  const provider = plan.science.providers[request.provider];
  if (!provider) throw new RangeError(`provider "${request.provider}" is not in the plan`);
  const { protocol, endpoint, apiKey: variable } = provider;
  const url = endpoint === 'default' ? undefined : endpoint === 'lab' ? labUrl(context, protocol) : endpoint;
  const apiKey = endpoint === 'lab' ? 'lab' : readKey(context, request.provider, variable);
  const make = protocol === 'openai' ? openaiProvider : anthropicProvider;
  // Two studies may mean different accounts or protocols by one name.
  const name = [request.provider, protocol, url ?? '', variable ?? ''].join('|');
  return remember(context, name, () => make({ name: request.provider, url, apiKey, deadline }));
}

function labUrl({ lab }: ActivityContext, protocol: 'openai' | 'anthropic'): string {
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

const clients = new WeakMap<ActivityContext, Map<string, ModelProvider>>();

function remember(context: ActivityContext, name: string, make: () => ModelProvider): ModelProvider {
  const known = clients.get(context) ?? new Map<string, ModelProvider>();
  clients.set(context, known);
  const client = known.get(name) ?? make();
  known.set(name, client);
  return client;
}

/** How Temporal is to go on: told waits are kept, overload and outages back off for ever, keys and quota wait for a person. */
async function asFailure(
  { ledger }: ActivityContext,
  plan: Plan,
  { provider }: ModelRequest,
  fault: ProviderFault,
): Promise<ApplicationFailure> {
  const { type, message, retryAfter } = fault;
  const hold = type === FAILURES.auth || type === FAILURES.quota;
  if (hold) await holdProvider(ledger.tables, hashOfPlan(plan), provider, message);
  const person = hold || type === FAILURES.budget;
  const backoff = Math.min(BACKOFF_CEILING_MS, 250 * 2 ** activityInfo().attempt);
  const delay = hold ? STOPPED_RETRY_MS : (retryAfter ?? backoff);
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: type === FAILURES.modelGone,
    // Jitter, so that a hundred waiting calls do not come back in one moment.
    nextRetryDelay: Math.round(delay * (1 + Math.random() / 2)),
    ...(person ? {} : { category: ApplicationFailureCategory.BENIGN }),
  });
}
