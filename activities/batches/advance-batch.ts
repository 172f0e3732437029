/** Takes one batch one step further: submit it, poll it, or collect its results. Any worker can, but one at a time. */
import { randomUUID } from 'node:crypto';
import { FAILURES } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { abandoned } from '../../domain/money/payments.ts';
import { requireNotStopped } from '../asking/admit-call.ts';
import type { CallRuntime } from '../asking/call-runtime.ts';
import { batchProviderFor } from '../asking/reach-provider.ts';
import {
  endBatch,
  endBatchLease,
  findOpenBatch,
  itemsOf,
  knownBatches,
  leaseBatch,
  noteCancelling,
  noteSending,
  recordSubmitted,
  withdrawIntent,
  type OpenBatch,
} from '../ledger/batches.ts';
import { countFault, hasFault } from '../ledger/faults.ts';
import { findHold, holdProvider } from '../ledger/holds.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { collectBatch } from './collect-batch.ts';

/** The state after a step. `fault`: the reason why items are left without a reply, such as a key that was refused. */
export type Advance =
  { readonly state: 'open' } | { readonly state: 'ended'; readonly fault?: ProviderFault | undefined };

export interface AdvanceInput extends Pick<CallRuntime, 'signal' | 'log'> {
  /** The plan of the study that takes the step: only the study that made a batch may submit it. */
  readonly by: string;
  /** Whether to ask the provider to end the batch first. */
  readonly cancel?: boolean;
}

/** A batch with its plan and the provider that has it. */
export interface Work {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly provider: BatchProvider;
  readonly batch: OpenBatch;
}

const OPEN: Advance = { state: 'open' };
const ENDED: Advance = { state: 'ended' };

/** Throws `ProviderFault` when the provider does not answer; the batch then stays as it was. */
export async function advanceBatch(context: ActivityContext, id: string, input: AdvanceInput): Promise<Advance> {
  const { tables } = context.ledger;
  if (!(await findOpenBatch(tables, id))) return ENDED;
  return withLease(context, id, async () => {
    const batch = await findOpenBatch(tables, id);
    if (!batch) return ENDED;
    const plan = await loadPlan(context, batch.plan);
    const work = { context, plan, provider: batchProviderFor(context, plan, batch.provider, input.log), batch };
    return batch.submitted === null ? submitBatch(work, input) : pollBatch(work, batch.submitted, input);
  });
}

/** Runs a step under a lease that is longer than a request and renewed meanwhile, so that no other worker takes it too. */
async function withLease(context: ActivityContext, id: string, step: () => Promise<Advance>): Promise<Advance> {
  const { tables } = context.ledger;
  // Begins with the id of this process: once that has died, `releaseDead` can free the lease.
  const owner = `${context.owner}/${randomUUID()}`;
  const milliseconds = 2 * context.deadline;
  const lease = () => leaseBatch(tables, id, owner, milliseconds);
  if (!(await lease())) return OPEN;
  const renewal = setInterval(() => void lease().catch(() => false), milliseconds / 4);
  try {
    return await step();
  } finally {
    clearInterval(renewal);
    await endBatchLease(tables, id, owner);
  }
}

/**
 * Submits a batch. If an earlier submission was cut off, searches the provider's list for it first; while the provider
 * cannot tell whether it has the batch, nothing is submitted again.
 */
async function submitBatch(work: Work, { by, signal, cancel }: AdvanceInput): Promise<Advance> {
  const { context, plan, provider, batch } = work;
  const { tables } = context.ledger;
  const items = await itemsOf(tables, batch.id);
  if (batch.sending !== null) {
    const known = await knownBatches(tables, batch.provider);
    const { at: since, ago } = batch.sending;
    const intent = { id: batch.id, since, ago, customIds: new Set(items.keys()), known };
    const found = await provider.find(intent, signal);
    if (found === 'unresolved') return OPEN;
    if (found !== 'none') {
      await recordSubmitted(tables, batch.id, found.found);
      return OPEN;
    }
  }
  if (cancel || by !== batch.plan) {
    await withdrawIntent(tables, batch.id);
    return ENDED;
  }
  await requireNotStopped(context, plan, batch);
  await noteSending(tables, batch.id);
  const requests = [...items.values()].map(({ key, request }) => ({ customId: key, request }));
  const submitted = await provider.submit(batch.id, requests, signal).catch((error: unknown) => refuse(work, error));
  await recordSubmitted(tables, batch.id, submitted);
  return OPEN;
}

/** After a clear refusal the provider has no batch: frees the keys and the money. Any other error is thrown as it is. */
async function refuse({ context, batch }: Work, error: unknown): Promise<never> {
  const refused = error instanceof ProviderFault && !error.abandoned && error.type !== FAILURES.outage;
  if (!refused) throw error;
  const { tables } = context.ledger;
  await withdrawIntent(tables, batch.id);
  throw await holdIfRejected(context, batch, error);
}

const isRejected = (error: unknown): error is ProviderFault =>
  error instanceof ProviderFault && (error.type === FAILURES.badRequest || error.type === FAILURES.modelGone);

/** A provider that rejects a whole batch does not say which item is wrong, so the provider waits for a person. */
async function holdIfRejected(
  { ledger }: ActivityContext,
  { plan, provider }: OpenBatch,
  fault: ProviderFault,
): Promise<ProviderFault> {
  if (!isRejected(fault)) return fault;
  const reason = `a batch was rejected: ${fault.message}; \`mode: single\` asks without batches`;
  await holdProvider(ledger.tables, plan, provider, reason);
  return new ProviderFault(FAILURES.held, reason);
}

async function pollBatch(work: Work, submitted: string, { signal, cancel }: AdvanceInput): Promise<Advance> {
  const { context, provider, batch } = work;
  try {
    if (cancel && batch.state === 'open') await askForEnd(work, submitted, signal);
    const seen = await provider.poll(submitted, signal);
    if (seen.state === 'working') return OPEN;
    if (!cancel) await requireReadable(work);
    const fault = await collectBatch(work, submitted, signal);
    const refused = seen.fault && (await holdIfRejected(context, batch, seen.fault));
    return { state: 'ended', fault: refused ?? fault };
  } catch (error) {
    if (isUnreadable(error)) {
      if (cancel) return giveUp(work);
      await noteUnreadable(work);
    }
    if (!isRejected(error)) throw error;
    return cancel ? giveUp(work) : holdUnknown(work, error);
  }
}

/** All downloads of its results brought nothing that can be read. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof ProviderFault && error.type === FAILURES.outage && error.hold;

const unreadableKey = ({ id }: OpenBatch): string => `batch ${id}`;

async function noteUnreadable({ context, batch }: Work): Promise<void> {
  const { provider, model } = batch;
  const key = unreadableKey(batch);
  await countFault(context.ledger.tables, { provider, model, key, streak: 'shape', sent: 0 });
}

/** Results that could not be read are not downloaded again before a person has let the provider go again. */
async function requireReadable({ context, batch }: Work): Promise<void> {
  const { tables } = context.ledger;
  const reason = await findHold(tables, batch.plan, batch.provider);
  if (reason !== undefined && (await hasFault(tables, unreadableKey(batch))))
    throw new ProviderFault(FAILURES.held, `held: ${reason}`);
}

/** Ignores a provider that refuses to cancel: the batch may have ended already, and is polled next. */
async function askForEnd({ context, provider, batch }: Work, submitted: string, signal: AbortSignal): Promise<void> {
  try {
    await provider.cancel(submitted, signal);
    await noteCancelling(context.ledger.tables, batch.id);
  } catch (error) {
    if (!isRejected(error)) throw error;
  }
}

/** Ends a batch whose results cannot be reached: frees its keys, and counts all its items as paid, as they may be. */
async function giveUp({ context, batch }: Work): Promise<Advance> {
  const { tables } = context.ledger;
  const items = [...(await itemsOf(tables, batch.id)).values()];
  const ended = items.map(({ key, reserved }) => ({ key, payment: abandoned(reserved), answered: false }));
  await endBatch(tables, batch.id, ended);
  return ENDED;
}

/** Leaves the batch open and waits for a person: it may have been answered and paid for, so giving it up may cost money. */
async function holdUnknown({ context, batch }: Work, { message }: ProviderFault): Promise<never> {
  const reason = `a submitted batch cannot be reached: ${message}; \`./etude cancel\` gives it up and counts it as paid`;
  await holdProvider(context.ledger.tables, batch.plan, batch.provider, reason);
  throw new ProviderFault(FAILURES.held, reason);
}
