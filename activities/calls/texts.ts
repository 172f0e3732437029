/** Activities that write and grade texts: one model request each, idempotent by request key, retried for ever. */
import type { GradeTextInput, GradeTextResult, WriteTextInput, WriteTextResult } from '../../contracts/activities.ts';
import type { FindCall } from '../../contracts/calls.ts';
import { graderOf } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { isGivenUp, phaseOf, writerOf } from '../asking/text-requests.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { callModel } from './call-model.ts';

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
