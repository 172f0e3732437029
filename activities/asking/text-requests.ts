/** What single calls and batches share: who writes a text, what its requests are booked under, whether it is still wanted. */
import type { TextRef } from '../../contracts/activities.ts';
import { STUDENT_PROVIDER, type ModelRequest } from '../../contracts/calls.ts';
import { cellPath } from '../../contracts/ids.ts';
import type { Phase } from '../../contracts/payments.ts';
import type { EvaluationPlan, Plan } from '../../contracts/plan.ts';
import { composedWriter, generatedWriter, isComposed, type ItemWriter } from '../../domain/requests/item-requests.ts';
import { digestOf } from '../jobs/checkpoint-digests.ts';
import { isSkipped } from '../ledger/arms/amendments.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/** What its requests are booked under. */
export const phaseOf = ({ kind }: Pick<TextRef, 'kind'>): Phase => (kind === 'compose' ? 'compose' : 'evaluate');

/** Rates name a student by its id, its requests by the digest of a checkpoint. */
export const pacedAs = (ref: TextRef, { provider }: ModelRequest): { readonly pacedAs?: string } =>
  !isComposed(ref) && provider === STUDENT_PROVIDER ? { pacedAs: ref.tuned.student } : {};

/** Looked up before every request: what is in flight when a person gives the cell up ends, and is kept. */
export async function isGivenUp({ ledger }: ActivityContext, plan: Plan, ref: TextRef): Promise<boolean> {
  if (isComposed(ref)) return false;
  const cell = plan.evaluation[ref.list] as EvaluationPlan;
  return isSkipped(ledger.tables, ref.plan, cellPath(ref.tuned, cell));
}

export async function writerOf(context: ActivityContext, plan: Plan, ref: TextRef): Promise<ItemWriter> {
  if (isComposed(ref)) return composedWriter(plan, ref);
  return generatedWriter(plan, ref, await digestOf(context, plan, ref.plan, ref.tuned));
}
