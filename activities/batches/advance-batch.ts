/** Takes one batch one step further: submit it, look after it, keep its results. Any worker can, one at a time. */
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
import { holdProvider } from '../ledger/holds.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { collectBatch } from './collect-batch.ts';

/** `fault`: what a person or time must mend before its items are asked again. */
export type Advance =
  { readonly state: 'open' } | { readonly state: 'ended'; readonly fault?: ProviderFault | undefined };

export interface AdvanceInput extends Pick<CallRuntime, 'signal' | 'log'> {
  /** Whose step it is, by plan: only the batch's own study may submit it. */
  readonly by: string;
  /** Asks the provider to end it first. */
  readonly cancel?: boolean;
}

/** A batch in work: how it is reached, and what it belongs to. */
export interface Work {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly provider: BatchProvider;
  readonly batch: OpenBatch;
}

const OPEN: Advance = { state: 'open' };
const ENDED: Advance = { state: 'ended' };

/** Throws `ProviderFault` when the provider does not answer: the batch stays as it was. */
export async function advanceBatch(context: ActivityContext, id: string, input: AdvanceInput): Promise<Advance> {
  const { tables } = context.ledger;
  if (!(await findOpenBatch(tables, id))) return ENDED;
  return withLease(context, id, async () => {
    const batch = await findOpenBatch(tables, id);
    if (!batch) return ENDED;
    const plan = await loadPlan(context, batch.plan);
    const work = { context, plan, provider: batchProviderFor(context, plan, batch.provider, input.log), batch };
    return batch.submitted === null ? submitBatch(work, input) : lookAfter(work, batch.submitted, input);
  });
}

/** Outlives a request; renewed while the step lasts, so that nobody else takes the same one. */
async function withLease(context: ActivityContext, id: string, step: () => Promise<Advance>): Promise<Advance> {
  const { tables } = context.ledger;
  // The process comes first: who finds it dead frees the lease.
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

/** What may have been submitted is looked for first, and never submitted again while nobody can tell. */
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

/** Nothing was sent when the provider said no: the keys and the money are free again. */
async function refuse({ context, batch }: Work, error: unknown): Promise<never> {
  const refused = error instanceof ProviderFault && !error.abandoned && error.type !== FAILURES.outage;
  if (!refused) throw error;
  const { tables } = context.ledger;
  await withdrawIntent(tables, batch.id);
  throw await holdIfRejected(context, batch, error);
}

const isRejected = (error: unknown): error is ProviderFault =>
  error instanceof ProviderFault && error.type === FAILURES.badRequest;

/** A batch that is rejected as a whole says nothing of its items: a person must look. */
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

async function lookAfter(work: Work, submitted: string, { signal, cancel }: AdvanceInput): Promise<Advance> {
  const { context, provider, batch } = work;
  try {
    if (cancel && batch.state === 'open') await askForEnd(work, submitted, signal);
    const seen = await provider.poll(submitted, signal);
    if (seen.state === 'working') return OPEN;
    const fault = await collectBatch(work, submitted, signal);
    const refused = seen.fault && (await holdIfRejected(context, batch, seen.fault));
    return { state: 'ended', fault: refused ?? fault };
  } catch (error) {
    if (!isRejected(error)) throw error;
    return cancel ? giveUp(work) : holdUnknown(work, error);
  }
}

/** One that cannot be cancelled now is looked at all the same. */
async function askForEnd({ context, provider, batch }: Work, submitted: string, signal: AbortSignal): Promise<void> {
  try {
    await provider.cancel(submitted, signal);
    await noteCancelling(context.ledger.tables, batch.id);
  } catch (error) {
    if (!isRejected(error)) throw error;
  }
}

/** Its results may have been paid for and are out of reach: its keys are free, and it counts as paid in full. */
async function giveUp({ context, batch }: Work): Promise<Advance> {
  const { tables } = context.ledger;
  const items = [...(await itemsOf(tables, batch.id)).values()];
  const ended = items.map(({ key, reserved }) => ({ key, payment: abandoned(reserved), answered: false }));
  await endBatch(tables, batch.id, ended);
  return ENDED;
}

/** Stays open: it may have been answered and paid for, so only a person may give it up. */
async function holdUnknown({ context, batch }: Work, { message }: ProviderFault): Promise<never> {
  const reason = `a submitted batch is out of reach: ${message}; \`./etude cancel\` gives it up and counts it as paid`;
  await holdProvider(context.ledger.tables, batch.plan, batch.provider, reason);
  throw new ProviderFault(FAILURES.held, reason);
}
