/** Activities that write and grade texts: one model request each, idempotent by request key, retried for ever. */
import type {
  GradeTextInput,
  GradeTextResult,
  TextRef,
  WriteTextInput,
  WriteTextResult,
} from '../../contracts/activities.ts';
import type { FindCall } from '../../contracts/calls.ts';
import { cellPath } from '../../contracts/ids.ts';
import type { Phase } from '../../contracts/payments.ts';
import type { EvaluationPlan, Plan } from '../../contracts/plan.ts';
import {
  composedWriter,
  generatedWriter,
  graderOf,
  isComposed,
  type ItemWriter,
} from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { callModel } from './call-model.ts';
import { digestOf } from '../jobs/checkpoint-digests.ts';
import { isSkipped } from '../ledger/amendments.ts';

export function makeTextActivities(context: ActivityContext) {
  const find: FindCall = (key) => context.ledger.find(key);

  /** Asks for the next turn of a text. Does nothing when the ledger already holds the text. */
  async function writeText({ ref }: WriteTextInput): Promise<WriteTextResult> {
    const plan = await loadPlan(context, ref.plan);
    if (await isGivenUp(context, plan, ref)) return { end: 'skipped' };
    const { prompt, requestAfter } = await writerOf(context, plan, ref);
    const before = await readWritten(find, prompt, requestAfter);
    if (before.end !== 'open') return { end: before.end };
    await callModel(context, plan, before.request, phaseOf(ref));
    const { end } = await readWritten(find, prompt, requestAfter);
    return { end };
  }

  /** Asks for one grading of a text, under the next `ask` when the last reply was unreadable. */
  async function gradeText({ ref, grader: place, round }: GradeTextInput): Promise<GradeTextResult> {
    const plan = await loadPlan(context, ref.plan);
    if (await isGivenUp(context, plan, ref)) return { end: 'skipped' };
    const writer = await writerOf(context, plan, ref);
    const written = await readWritten(find, writer.prompt, writer.requestAfter);
    if (written.end !== 'generated') return { end: 'missing' };
    const grader = graderOf(plan, place);
    const at = { combination: writer.item, text: written.text, round, asks: plan.science.evaluation.asks };
    const before = await readGradingRound(find, plan, grader, at);
    if (before.end !== 'open') return { end: before.end };
    await callModel(context, plan, before.request, phaseOf(ref));
    const { end } = await readGradingRound(find, plan, grader, at);
    return { end };
  }

  return { writeText, gradeText };
}

/** What its requests are booked under. */
export const phaseOf = ({ kind }: Pick<TextRef, 'kind'>): Phase => (kind === 'compose' ? 'compose' : 'evaluate');

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
