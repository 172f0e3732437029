/** Stores the results of an ended batch, in whatever order they come, and books what they cost. */
import type { ModelReply, ModelRequest, StoredCall } from '../../contracts/calls.ts';
import type { Payment } from '../../contracts/payments.ts';
import type { Plan } from '../../contracts/plan.ts';
import { abandoned, paymentOf, UNPAID } from '../../domain/money/payments.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { countInARow } from '../asking/count-fault.ts';
import { noteReply } from '../asking/note-reply.ts';
import { requirePlannedModel } from '../asking/reach-provider.ts';
import { endBatch, itemsOf, type BatchRequest, type EndedItem } from '../ledger/batches.ts';
import type { KeptReply } from '../ledger/ledger.ts';
import { uptime } from '../ledger/uptime.ts';
import type { BatchItemResult } from '../providers/batch-provider.ts';
import { ProviderFault, unreadable } from '../providers/provider-fault.ts';
import { estimateInput } from '../providers/reply-parts.ts';
import type { Work } from './advance-batch.ts';

/** A result of a batch: a reply to keep, or a fault, and what the item cost. */
interface Read {
  readonly reply?: StoredCall;
  readonly fault?: ProviderFault;
  readonly payment: Payment;
}

/** An item without a reply. */
interface Failed {
  readonly request: ModelRequest;
  readonly fault: ProviderFault;
  /** Its line cannot be read. */
  readonly damaged: boolean;
}

const KEPT_AT_ONCE = 200;

/**
 * Stores all replies first, also when reading breaks off, then ends the batch in the ledger and books its cost, in one
 * transaction. If it is cut off, it starts over: storing a reply twice changes nothing. Returns a fault that keeps the
 * provider from being asked again.
 */
export async function collectBatch(
  work: Work,
  submitted: string,
  signal: AbortSignal,
): Promise<ProviderFault | undefined> {
  const { context, plan, provider, batch } = work;
  const { ledger } = context;
  const items = await itemsOf(ledger.tables, batch.id);
  const ended: EndedItem[] = [];
  const kept: KeptReply[] = [];
  const failed: Failed[] = [];
  // All lines of a batch were sent before any of them is counted.
  const sent = uptime() - 1;
  try {
    for await (const result of provider.results(submitted, new Set(items.keys()), signal)) {
      const item = items.get(result.customId);
      if (!item) continue;
      const { reply, payment, fault } = readResult(plan, item, result);
      if (fault) failed.push({ request: item.request, fault, damaged: 'lacking' in result });
      ended.push({ key: item.key, payment, answered: reply !== undefined });
      if (reply) kept.push({ key: item.key, request: item.request, reply });
      if (kept.length >= KEPT_AT_ONCE) await keepNow(work, kept.splice(0));
    }
  } finally {
    await keepNow(work, kept);
  }
  const faults = await countFaults(work, failed, sent);
  await endBatch(ledger.tables, batch.id, ended);
  const fault = faults.find(({ hold }) => hold) ?? faults[0];
  if (fault || ended.some(({ answered }) => answered)) return fault;
  const [first] = items.values();
  const empty = unreadable(batch.provider, 'a batch ended without a single reply', {
    abandoned: false,
    streak: 'finish',
  });
  return first ? countInARow(context, first.request, empty, sent) : empty;
}

/** Counted when all replies are kept: one of them shows that a rejection is not about all of the model's requests. */
async function countFaults({ context }: Work, failed: readonly Failed[], sent: number): Promise<ProviderFault[]> {
  const faults: ProviderFault[] = [];
  for (const { request, fault, damaged } of failed) {
    const counted = await countInARow(context, request, fault, sent);
    // A damaged line alone is asked again at once.
    if (counted.hold || !damaged) faults.push(counted);
  }
  return faults;
}

async function keepNow({ context, plan }: Work, kept: readonly KeptReply[]): Promise<void> {
  await context.ledger.keepAll(kept);
  for (const { request, reply } of kept) await noteReply(context, plan, request, reply);
}

function readResult(plan: Plan, { request, reserved }: BatchRequest, result: BatchItemResult): Read {
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
    requirePlannedModel(request, reply);
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
