/** Stores the results of an ended batch, in whatever order they come, and books what they cost. */
import type { ModelReply, ModelRequest, StoredCall } from '../../contracts/calls.ts';
import type { Payment } from '../../contracts/payments.ts';
import { abandoned, paymentOf, UNPAID } from '../../domain/money/payments.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { countInARow } from '../asking/count-fault.ts';
import { noteReply } from '../asking/note-reply.ts';
import { requirePlannedModel } from '../asking/planned-model.ts';
import { endBatch, endItems, type EndedItem } from '../ledger/batches/end-batch.ts';
import { findItem, keysOf, type BatchRequest } from '../ledger/batches/open-batches.ts';
import type { KeptReply } from '../ledger/ledger.ts';
import { uptime } from '../ledger/uptime.ts';
import type { BatchItemResult } from '../providers/batch-provider.ts';
import { ProviderFault, unreadable } from '../providers/provider-fault.ts';
import { estimateInput } from '../providers/reply-parts.ts';
import type { Work } from './batch-work.ts';

/** A result of a batch: a reply to keep, or a fault, and what the item cost. */
interface Read {
  readonly reply?: StoredCall;
  readonly fault?: ProviderFault;
  readonly payment: Payment;
}

/** An item without a reply, which stays in the batch until the replies are kept. */
interface Failed extends EndedItem {
  readonly fault: ProviderFault;
  /** Its line cannot be read. */
  readonly damaged: boolean;
}

interface Collected {
  /** Replies that are not kept yet, with what their items cost. */
  readonly kept: KeptReply[];
  readonly ended: EndedItem[];
  readonly failed: Failed[];
  /** Faults that keep the provider from being asked again. */
  readonly faults: ProviderFault[];
  answered: number;
  /** All lines of a batch were sent before any of them is counted. */
  readonly sent: number;
}

const KEPT_AT_ONCE = 200;
/** More of them are counted before all replies are kept: they must not fill the memory. */
const MOST_FAILED = 1_000;

/**
 * Stores the results as they come, a few at a time, and books their cost, each once: when it is cut off, it starts over
 * with those that are left. The batch ends when none is. Returns a fault that keeps the provider from being asked again.
 */
export async function collectBatch(
  work: Work,
  submitted: string,
  signal: AbortSignal,
): Promise<ProviderFault | undefined> {
  const { context, provider, batch } = work;
  const { tables } = context.ledger;
  const keys = await keysOf(tables, batch.id);
  const isResumed = keys.size < batch.items;
  const all: Collected = { kept: [], ended: [], failed: [], faults: [], answered: 0, sent: uptime() - 1 };
  let first: ModelRequest | undefined;
  try {
    for await (const result of provider.results(submitted, keys, signal)) {
      const item = await findItem(tables, batch.id, result.customId);
      if (!item) continue;
      first ??= item.request;
      take(all, item, await readResult(work, item, result), 'lacking' in result);
      if (all.kept.length + all.ended.length >= KEPT_AT_ONCE) await keepNow(work, all);
      if (all.failed.length >= MOST_FAILED) await endFailed(work, all);
    }
  } finally {
    await keepNow(work, all);
  }
  await endFailed(work, all);
  await endBatch(tables, batch.id);
  const fault = all.faults.find(({ hold }) => hold) ?? all.faults[0];
  if (fault || all.answered > 0 || isResumed) return fault;
  const empty = unreadable(batch.provider, 'a batch ended without a single reply', {
    abandoned: false,
    streak: 'finish',
  });
  return first ? countInARow(context, first, empty, all.sent) : empty;
}

function take(all: Collected, { key, request }: BatchRequest, { reply, payment, fault }: Read, damaged: boolean): void {
  const item = { key, payment, answered: reply !== undefined };
  if (fault) {
    all.failed.push({ ...item, fault, damaged });
    return;
  }
  all.ended.push(item);
  if (!reply) return;
  all.answered += 1;
  all.kept.push({ key, request, reply });
}

/** Replies first: whoever finds an item gone finds its reply. */
async function keepNow({ context, plan, batch }: Work, { kept, ended }: Collected): Promise<void> {
  const [replies, items] = [kept.splice(0), ended.splice(0)];
  if (replies.length > 0) await context.ledger.keepAll(replies);
  for (const { request, reply } of replies) await noteReply(context, plan, request, reply);
  await endItems(context.ledger.tables, batch.id, items);
}

/** Counted when all replies are kept: one of them shows that a rejection is not about all of the model's requests. */
async function endFailed(work: Work, all: Collected): Promise<void> {
  const { context, batch } = work;
  const { tables } = context.ledger;
  await keepNow(work, all);
  const failed = all.failed.splice(0);
  for (const { key, fault, damaged } of failed) {
    const item = await findItem(tables, batch.id, key);
    if (!item) continue;
    const counted = await countInARow(context, item.request, fault, all.sent);
    // A damaged line alone is asked again at once.
    const isNew = !all.faults.some(({ message, hold }) => message === counted.message && hold === counted.hold);
    if ((counted.hold || !damaged) && isNew) all.faults.push(counted);
  }
  await endItems(tables, batch.id, failed);
}

async function readResult(
  { context, plan }: Work,
  { request, reserved }: BatchRequest,
  result: BatchItemResult,
): Promise<Read> {
  const { prices } = plan.science;
  // An unreadable line may have been an answer that costs money, so it counts as paid.
  if ('lacking' in result)
    return result.lacking === 'unreadable'
      ? { payment: abandoned(reserved), fault: unreadable(request.provider, 'its line in a batch cannot be read') }
      : { payment: UNPAID };
  if ('fault' in result) {
    const { fault } = result;
    if (fault.outcome) return { reply: fault.outcome, payment: UNPAID };
    const paid = fault.usage ? Number(costOf(prices, modelName(request), fault.usage, 'batch')) : reserved;
    return { fault, payment: fault.abandoned ? abandoned(paid) : UNPAID };
  }
  const reply = withEstimate(request, result.reply);
  const payment = paymentOf(prices, request, reply, 'batch');
  try {
    await requirePlannedModel(context, plan, request, reply);
    return { reply, payment };
  } catch (error) {
    // The reply comes from another model than planned: it is paid for but not used.
    if (error instanceof ProviderFault) return { fault: error, payment: abandoned(payment.paid) };
    throw error;
  }
}

/** A line of results does not hold the request that it answers. */
function withEstimate(request: BatchRequest['request'], reply: ModelReply): ModelReply {
  const { usage } = reply;
  return usage.estimated && usage.inputTokens === 0
    ? { ...reply, usage: { ...usage, inputTokens: estimateInput(request) } }
    : reply;
}
