/** Takes one batch one step further: submit it, poll it, or collect its results. Any worker can, but one at a time. */
import { randomUUID } from 'node:crypto';
import { FAILURES } from '../../contracts/failures.ts';
import { abandoned } from '../../domain/money/payments.ts';
import { nextPollDelay } from '../../domain/run/poll-delay.ts';
import { batchProviderFor } from '../asking/reach-provider.ts';
import { endBatchLease, leaseBatch } from '../ledger/batch-leases.ts';
import { endBatch, endItems, type EndedItem } from '../ledger/batches/end-batch.ts';
import { findOpenBatch, noteCancelling, noteDue, readItems, type OpenBatch } from '../ledger/batches/open-batches.ts';
import { noteQueueTakes } from '../ledger/batches/provider-queues.ts';
import { countFault, forgetFaultsOfKey, hasFault } from '../ledger/faults.ts';
import { findHold, holdProvider } from '../ledger/holds.ts';
import { uptime } from '../ledger/uptime.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { backoffOf, waitBeforeRetry } from '../providers/told-wait.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { ENDED, holdIfRejected, isRejected, type Advance, type AdvanceInput, type Work } from './batch-work.ts';
import { collectBatch } from './collect-batch.ts';
import { canBeCut, submitBatch, waitForRoom } from './submit-batch.ts';

/** The longer a batch has taken, the less often it is polled, by whichever workers and shards wait for it. */
export const POLL = { shortest: 250, longest: 60_000, share: 0.2 };
/** While another worker takes a step. */
const LEASED_MS = 500;

/** Throws `ProviderFault` when the provider does not answer; the batch then stays as it was. */
export async function advanceBatch(context: ActivityContext, id: string, input: AdvanceInput): Promise<Advance> {
  const { tables } = context.ledger;
  const seen = await findOpenBatch(tables, id);
  if (!seen) return ENDED;
  if (!input.cancel && seen.dueIn > 0) return { state: 'open', again: seen.dueIn };
  return withLease(context, id, async () => {
    const batch = await findOpenBatch(tables, id);
    if (!batch) return ENDED;
    const plan = await loadPlan(context, batch.plan);
    const provider = await batchProviderFor(context, plan, batch.provider, input.log);
    const work = { context, plan, provider, batch };
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
  if (!(await lease())) return { state: 'open', again: LEASED_MS };
  const renewal = setInterval(() => void lease().catch(() => false), milliseconds / 4);
  try {
    return await step();
  } finally {
    clearInterval(renewal);
    await endBatchLease(tables, id, owner);
  }
}

async function pollBatch(work: Work, submitted: string, { signal, cancel }: AdvanceInput): Promise<Advance> {
  const { context, provider, batch } = work;
  try {
    if (cancel && batch.state === 'open') await askForEnd(work, submitted, signal);
    const seen = await provider.poll(submitted, signal);
    if (seen.state === 'working') {
      await forgetFaultsOfKey(context.ledger.tables, rejectedKey(batch));
      return await waitForEnd(work, seen.done);
    }
    // Nothing of a batch that found no room was asked.
    if (!cancel && seen.fault && canBeCut(seen.fault, batch)) return await waitForRoom(work, seen.fault);
    if (!cancel) await requireReadable(work);
    const fault = await collectBatch(work, submitted, signal);
    await forgetFaultsOfKey(context.ledger.tables, rejectedKey(batch));
    // Files expire as well: one that cannot be deleted is left.
    await provider.discard(submitted, signal).catch(() => undefined);
    const refused = seen.fault && (await holdIfRejected(context, batch, seen.fault));
    return { state: 'ended', fault: refused ?? fault };
  } catch (error) {
    if (isUnreadable(error)) {
      if (cancel) return giveUp(work);
      await noteUnreadable(work);
    }
    if (!isRejected(error)) throw error;
    return cancel ? giveUp(work) : holdIfOften(work, error);
  }
}

async function waitForEnd({ context, batch }: Work, done = 0): Promise<Advance> {
  const { tables } = context.ledger;
  const again = nextPollDelay(batch.sending?.ago ?? 0, POLL);
  await noteDue(tables, batch.id, { wait: again, done });
  // It has left the queue, or its place there is granted.
  if (done > 0) await noteQueueTakes(tables, batch);
  return { state: 'open', again };
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

const GIVEN_UP_AT_ONCE = 500;

/** Ends a batch whose results cannot be reached: frees its keys, and counts all its items as paid, as they may be. */
async function giveUp({ context, batch }: Work): Promise<Advance> {
  const { tables } = context.ledger;
  const ended: EndedItem[] = [];
  for await (const { key, reserved } of readItems(tables, batch.id)) {
    ended.push({ key, payment: abandoned(reserved), answered: false });
    if (ended.length >= GIVEN_UP_AT_ONCE) await endItems(tables, batch.id, ended.splice(0));
  }
  await endItems(tables, batch.id, ended);
  await endBatch(tables, batch.id);
  return ENDED;
}

/** A gateway's hiccup passes; what is rejected every time does not. */
const MOST_REJECTED = 3;

async function holdIfOften(work: Work, fault: ProviderFault): Promise<Advance> {
  const { context, batch } = work;
  const { provider, model } = batch;
  const row = { provider, model, key: rejectedKey(batch), streak: 'absent', sent: uptime() };
  const { key: times } = await countFault(context.ledger.tables, row);
  if (times >= MOST_REJECTED) return holdUnknown(work, fault);
  const again = waitBeforeRetry(backoffOf(times));
  await noteDue(context.ledger.tables, batch.id, { wait: again, done: 0 });
  return { state: 'open', again };
}

const rejectedKey = ({ id }: OpenBatch): string => `batch ${id} rejected`;

/** Leaves the batch open and waits for a person: it may have been answered and paid for, so giving it up may cost money. */
async function holdUnknown({ context, batch }: Work, { message }: ProviderFault): Promise<never> {
  const reason = `a submitted batch cannot be reached: ${message}; \`./etude cancel\` gives it up and counts it as paid`;
  await holdProvider(context.ledger.tables, batch.plan, batch.provider, reason);
  throw new ProviderFault(FAILURES.held, reason);
}
