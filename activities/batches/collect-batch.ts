/** Stores the results of an ended batch, in whatever order they come, and books what they cost. */
import type { StoredCall } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { Payment } from '../../contracts/payments.ts';
import type { Plan } from '../../contracts/plan.ts';
import { abandoned, paymentOf, UNPAID } from '../../domain/money/payments.ts';
import { requirePlannedModel } from '../asking/reach-provider.ts';
import { endBatch, itemsOf, type BatchRequest, type EndedItem } from '../ledger/batches.ts';
import type { KeptReply } from '../ledger/ledger.ts';
import type { BatchItemResult } from '../providers/batch-provider.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import type { Work } from './advance-batch.ts';

/** A result of a batch: a reply to keep, or a fault, and what the item cost. */
interface Read {
  readonly reply?: StoredCall;
  readonly fault?: ProviderFault;
  readonly payment: Payment;
}

const KEPT_AT_ONCE = 200;

/**
 * Stores all replies first, then ends the batch in the ledger and books its cost, in one transaction. If it is cut off, it
 * starts over: storing a reply twice changes nothing. Returns a fault that keeps the provider from being asked again.
 */
export async function collectBatch(
  { context, plan, provider, batch }: Work,
  submitted: string,
  signal: AbortSignal,
): Promise<ProviderFault | undefined> {
  const { ledger } = context;
  const items = await itemsOf(ledger.tables, batch.id);
  const ended: EndedItem[] = [];
  const kept: KeptReply[] = [];
  let fault: ProviderFault | undefined;
  for await (const result of provider.results(submitted, new Set(items.keys()), signal)) {
    const item = items.get(result.customId);
    if (!item) continue;
    const { reply, payment, fault: found } = readResult(plan, item, result);
    fault ??= found;
    ended.push({ key: item.key, payment, answered: reply !== undefined });
    if (reply) kept.push({ key: item.key, request: item.request, reply });
    if (kept.length >= KEPT_AT_ONCE) await ledger.keepAll(kept.splice(0));
  }
  await ledger.keepAll(kept);
  await endBatch(ledger.tables, batch.id, ended);
  if (ended.some(({ answered }) => answered)) return fault;
  return fault ?? new ProviderFault(FAILURES.outage, `${batch.provider}: a batch ended without a single reply`);
}

function readResult(plan: Plan, { request, reserved }: BatchRequest, result: BatchItemResult): Read {
  // An unreadable line may have been an answer that costs money, so it counts as paid.
  if ('lacking' in result) return { payment: result.lacking === 'unreadable' ? abandoned(reserved) : UNPAID };
  if ('fault' in result) {
    const { fault } = result;
    if (fault.type === FAILURES.badRequest) return { reply: { end: 'failed', reason: fault.message }, payment: UNPAID };
    return { fault, payment: fault.abandoned ? abandoned(reserved) : UNPAID };
  }
  const { reply } = result;
  const payment = paymentOf(plan.science.prices, request, reply, 'batch');
  try {
    requirePlannedModel(request, reply);
    return { reply, payment };
  } catch (error) {
    // The reply comes from another model than planned: it is paid for but not used.
    if (error instanceof ProviderFault) return { fault: error, payment: abandoned(payment.paid) };
    throw error;
  }
}
