/** Sends requests by batches, in rounds, until the ledger has a reply to each of them. */
import { setTimeout as wait } from 'node:timers/promises';
import { cancellationSignal, heartbeat, log } from '@temporalio/activity';
import type { ModelRequest } from '../../contracts/calls.ts';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import type { Phase } from '../../contracts/payments.ts';
import type { Plan } from '../../contracts/plan.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import { nextPollDelay } from '../../domain/run/poll-delay.ts';
import { hashOfPlan, largestUsage, requireNotStopped, runtimeOf } from '../asking/admit-call.ts';
import { asFailure, waitOf } from '../asking/as-failure.ts';
import { batchesOf, findOpenBatch, recordIntent, type BatchRequest } from '../ledger/batches.ts';
import { findOverrun } from '../ledger/faults.ts';
import { nanoOf, noteRefused } from '../ledger/holds.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { waitBeforeRetry } from '../providers/told-wait.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { readStopReason } from '../shared/stop-reason.ts';
import { advanceBatch, type Advance, type AdvanceInput } from './advance-batch.ts';

export interface Asked {
  readonly plan: Plan;
  readonly phase: Phase;
  /** The provider of all requests; they are all to one model. */
  readonly provider: string;
  /** Lists the requests that have no reply yet and can be sent now; later turns become open as replies come in. */
  readonly listOpen: () => Promise<readonly ModelRequest[]>;
}

/** The longer a batch has taken, the less often it is polled. */
const POLL = { shortest: 250, longest: 60_000, share: 0.2 };
/** Faults that pass by themselves while the provider works on the batch: the next poll may succeed. */
const PASSING = new Set<FailureType>([FAILURES.outage, FAILURES.overload, FAILURES.rateLimit]);
/** After this many faults in a row the activity fails, so that the Web UI shows it; Temporal retries it later. */
const MOST_FAULTS = 4;
const CANCEL_TRIES = 8;
/** Shards of a cancelled study have this long to end their batches, then the study the rest; 120 s must be enough for both. */
const CANCEL_MS = 50_000;

/**
 * Safe to repeat: batches are in the ledger, and the next attempt continues with those that are open. When the activity
 * is cancelled, it ends its study's batches at the provider and keeps the replies that they have so far.
 */
export async function askByBatch(context: ActivityContext, asked: Asked): Promise<void> {
  const signal = cancellationSignal();
  try {
    for (let open = await listOpen(context, asked); open.length > 0; open = await listOpen(context, asked))
      await followBatches(context, asked, await joinBatches(context, asked, open), signal);
  } catch (error) {
    if (!signal.aborted)
      throw error instanceof ProviderFault ? await asFailure(context, asked.plan, asked, error) : error;
    const { reason, cancelled } = await readStopReason();
    if (cancelled) await cancelBatches(context, asked);
    throw reason;
  }
}

/** The open requests, each key once, with the most that the request may cost. */
async function listOpen({ ledger }: ActivityContext, { plan, listOpen: list }: Asked): Promise<BatchRequest[]> {
  const byKey = new Map<string, BatchRequest>();
  for (const request of await list()) {
    const key = requestKey(request);
    const largest = largestUsage(request, await findOverrun(ledger.tables, request));
    const reserved = Number(costOf(plan.science.prices, modelName(request), largest, 'batch', 'largest'));
    byKey.set(key, { key, request, reserved });
  }
  return [...byKey.values()];
}

/** The ids of the open batches that contain the requests; makes a new batch for those that are in none. */
async function joinBatches(context: ActivityContext, asked: Asked, open: readonly BatchRequest[]): Promise<string[]> {
  const { tables } = context.ledger;
  const keys = open.map(({ key }) => key);
  const { ids, free } = await batchesOf(tables, keys);
  if (free.size === 0) return ids;
  try {
    await admitBatch(
      context,
      asked,
      open.filter(({ key }) => free.has(key)),
    );
  } catch (error) {
    // Even while nothing more may be sent, the batches at the provider are collected.
    if (error instanceof ProviderFault && ids.length > 0) return ids;
    throw error;
  }
  return (await batchesOf(tables, keys)).ids;
}

async function admitBatch(context: ActivityContext, asked: Asked, requests: readonly BatchRequest[]): Promise<void> {
  const { tables } = context.ledger;
  const plan = hashOfPlan(asked.plan);
  await requireNotStopped(context, asked.plan, asked);
  const usd = (await runtimeOf(context, plan))?.limits.usd;
  const recorded = await recordIntent(tables, { plan, phase: asked.phase, requests, cap: nanoOf(usd) });
  if (recorded === 'recorded' || recorded === 'none') return;
  await noteRefused(tables, plan, recorded.full);
  const reason = `the cap of $${usd} has no room for a batch of ${requests.length}; raise it with \`./etude raise-budget\``;
  throw new ProviderFault(FAILURES.budget, reason);
}

/** Returns when one batch has ended. Without a batch, single calls of others are asking for the keys: waits a moment. */
async function followBatches(
  context: ActivityContext,
  { plan }: Asked,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const by = hashOfPlan(plan);
  const started = performance.now();
  for (let faults = 0; ;) {
    const seen = await advanceAll(context, ids, { by, signal, log });
    if (seen === 'ended') return;
    const fault = seen === 'open' ? undefined : seen;
    faults = fault ? faults + 1 : 0;
    if (fault && faults > MOST_FAULTS) throw fault;
    heartbeat({ batches: ids.length, fault: fault?.message });
    const backoff = fault ? waitBeforeRetry(waitOf(fault, faults)) : 0;
    await wait(Math.max(backoff, nextPollDelay(performance.now() - started, POLL)), undefined, { signal });
    if (ids.length === 0) return;
  }
}

/**
 * Takes each batch a step further, also after one of them failed. Returns `ended` if any has ended, else the first
 * passing fault, else `open`; throws any other fault.
 */
async function advanceAll(
  context: ActivityContext,
  ids: readonly string[],
  input: AdvanceInput,
): Promise<'open' | 'ended' | ProviderFault> {
  const ended: Extract<Advance, { state: 'ended' }>[] = [];
  const faults: ProviderFault[] = [];
  const errors: unknown[] = [];
  for (const id of ids)
    try {
      const advance = await advanceBatch(context, id, input);
      if (advance.state === 'ended') ended.push(advance);
    } catch (error) {
      // A refused submission was withdrawn, so it cannot be polled again: its fault fails the activity, which is retried.
      const isOpen = (await findOpenBatch(context.ledger.tables, id)) !== undefined;
      if (isOpen && error instanceof ProviderFault && PASSING.has(error.type) && !error.hold) faults.push(error);
      else errors.push(error);
    }
  input.signal.throwIfAborted();
  for (const { fault } of ended) if (fault) throw fault;
  if (ended.length > 0) return 'ended';
  if (errors.length > 0) throw errors[0];
  return faults[0] ?? 'open';
}

/** Ends this study's batches with these requests. One that cannot be reached stays in the ledger for the next start. */
async function cancelBatches(context: ActivityContext, asked: Asked): Promise<void> {
  const by = hashOfPlan(asked.plan);
  const keys = (await listOpen(context, asked)).map(({ key }) => key);
  const own: string[] = [];
  for (const id of (await batchesOf(context.ledger.tables, keys)).ids)
    if ((await findOpenBatch(context.ledger.tables, id))?.plan === by) own.push(id);
  await endAll(context, own, { by });
}

/**
 * Ends batches of plan `by` at their provider and keeps their replies. Returns how many are left in the ledger: those that
 * did not end within `within` ms, or of which the provider cannot tell yet whether it has them.
 */
export async function endAll(
  context: ActivityContext,
  ids: readonly string[],
  { by, within = CANCEL_MS }: { readonly by: string; readonly within?: number },
): Promise<number> {
  const started = performance.now();
  const signal = AbortSignal.timeout(within);
  /** For each batch that has not ended: how often the provider failed to answer. */
  const faults = new Map(ids.map((id) => [id, 0]));
  const trying = () => [...faults].flatMap(([id, times]) => (times < CANCEL_TRIES ? [id] : []));
  while (trying().length > 0 && !signal.aborted) {
    for (const id of trying()) {
      const step = await tryToEnd(context, id, { by, signal });
      if (step === 'ended') faults.delete(id);
      if (step === 'fault') faults.set(id, (faults.get(id) ?? 0) + 1);
    }
    if (trying().length > 0)
      await wait(nextPollDelay(performance.now() - started, POLL), undefined, { signal }).catch(() => undefined);
  }
  if (faults.size > 0)
    log.warn('Some batches could not be ended; the next start continues with them.', { batches: faults.size });
  return faults.size;
}

async function tryToEnd(
  context: ActivityContext,
  id: string,
  input: { readonly by: string; readonly signal: AbortSignal },
): Promise<'open' | 'ended' | 'fault'> {
  try {
    return (await advanceBatch(context, id, { ...input, log, cancel: true })).state;
  } catch (error) {
    // A step that ran out of time leaves its batch open. Of other errors, only those of a provider are expected.
    if (input.signal.aborted) return 'open';
    if (!(error instanceof ProviderFault)) throw error;
    log.warn('A batch could not be cancelled yet; trying again.', { id, reason: error.message });
    return 'fault';
  }
}
