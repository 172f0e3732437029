/** Activities that write and grade texts: every request is idempotent by its key, and retried for ever. */
import { setMaxListeners } from 'node:events';
import type {
  AskTextsInput,
  AskTextsResult,
  ComposedRange,
  GeneratedRange,
  GradeTextInput,
  GradeTextResult,
  TextEnd,
  TextRef,
  WriteTextInput,
  WriteTextResult,
} from '../../contracts/activities.ts';
import type { FindCall, ModelRequest } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { graderOf } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { activityRuntime } from '../asking/call-runtime.ts';
import { isGivenUp, pacedAs, phaseOf, writerOf } from '../asking/text-requests.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { noteProgress } from '../shared/heartbeat-while.ts';
import { askText } from './ask-text.ts';
import { callModel, type CallOptions } from './call-model.ts';
import { endTogether } from './end-together.ts';

export function makeTextActivities(context: ActivityContext) {
  const find: FindCall = (key) => context.ledger.find(key);

  /**
   * Writes and grades some texts of a list, all at once as far as the paces of their models allow. What fails for now is
   * tried again by a retry of the whole, which finds everything else in the ledger. Heartbeats say how many are done.
   */
  async function askTexts({ texts, ...asked }: AskTextsInput): Promise<AskTextsResult> {
    const plan = await loadPlan(context, texts.plan);
    const runtime = activityRuntime();
    // All that is in flight or waits listens for the end of the activity.
    setMaxListeners(0, runtime.signal);
    const refs = refsOf(plan, texts);
    let done = 0;
    const ends = await endTogether(
      refs.map(async (ref): Promise<TextEnd> => {
        const end = await askText(context, plan, ref, asked, runtime);
        noteProgress({ done: (done += 1), of: refs.length });
        return end;
      }),
    );
    const counts: Partial<Record<TextEnd, number>> = {};
    for (const end of ends) counts[end] = (counts[end] ?? 0) + 1;
    return counts;
  }

  /** Asks for the next turn of a text. Does nothing when the ledger already holds the text. */
  async function writeText({ ref }: WriteTextInput): Promise<WriteTextResult> {
    const plan = await loadPlan(context, ref.plan);
    if (await isGivenUp(context, plan, ref)) return { end: 'skipped' };
    const { prompt, requestAfter } = await writerOf(context, plan, ref);
    const before = await readWritten(find, prompt, requestAfter);
    if (before.end !== 'open') return { end: before.end };
    await callModel(context, plan, before.request, phaseOf(ref), inTime(ref, before.request));
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
    await callModel(context, plan, before.request, phaseOf(ref), inTime(ref, before.request));
    const { end } = await readGradingRound(find, plan, grader, at);
    return { end };
  }

  return { askTexts, writeText, gradeText };
}

/** Well below the five minutes of an activity that makes one call. */
const PATIENCE_MS = 60_000;

const inTime = (ref: TextRef, request: ModelRequest): CallOptions => ({
  runtime: { ...activityRuntime(), patience: PATIENCE_MS },
  ...pacedAs(ref, request),
});

function refsOf(plan: Plan, texts: ComposedRange | GeneratedRange): TextRef[] {
  const { from, to, ...list } = texts;
  const indices = Array.from({ length: to - from }, (_, at) => from + at);
  if (list.kind === 'compose') return indices.map((index) => ({ ...list, index }));
  const generations = Array.from({ length: plan.science.evaluation.generations }, (_, generation) => generation);
  return indices.flatMap((index) => generations.map((generation) => ({ ...list, index, generation })));
}
