/** Reads every evaluated item from the ledger, deriving the same request keys, in the same order, as when it was asked. */
import type { FindCall } from '../../contracts/calls.ts';
import type { CellOutcome, GradingOutcome, ItemOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { EvaluationList, EvaluationPlan, Plan, TunedStudent } from '../../contracts/plan.ts';
import type { Grader } from '../../contracts/study.ts';
import { bookingOf, type Booking, type SpendingTally } from '../../domain/money/spending.ts';
import { generatedWriter } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten, type WrittenText } from '../../domain/requests/read-back.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';

/** How to look replies up, where to add up their cost, and counts of calls that are done and still to come. */
export interface Reading {
  readonly find: FindCall;
  readonly tally: SpendingTally;
  readonly progress: { done: number; open: number };
}

/** A `find` that adds the cost of every reply to the tally. */
const bookedOn =
  ({ find, tally }: Reading, booking: Booking): FindCall =>
  async (key) => {
    const call = await find(key);
    tally.add(booking, key, call);
    return call;
  };

/**
 * The cells of one tuned student on one list, one for each grader. `digest.of` is the student's checkpoint; without a
 * checkpoint `digest.failure` is the reason, and every item counts as failed.
 */
export async function readCells(
  reading: Reading,
  plan: Plan,
  tuned: TunedStudent,
  list: EvaluationList,
  digest: { readonly of: string } | { readonly failure: string },
): Promise<CellOutcome[]> {
  const evaluation = plan.evaluation[list] as EvaluationPlan;
  const byGrader = plan.science.graders.map((): ItemOutcome[] => []);
  for (const [index, combination] of evaluation.items.entries()) {
    const generations = plan.science.graders.map((): TextOutcome[] => []);
    for (let generation = 0; generation < plan.science.evaluation.generations; generation += 1) {
      const outcomes =
        'failure' in digest
          ? plan.science.graders.map((): TextOutcome => ({ end: 'failed', reason: digest.failure }))
          : await readGeneration(reading, plan, tuned, { list, index, generation }, digest.of);
      outcomes.forEach((outcome, grader) => generations[grader]?.push(outcome));
    }
    byGrader.forEach((items, grader) => items.push({ combination, generations: generations[grader] ?? [] }));
  }
  const { k, setting } = evaluation;
  return plan.science.graders.map(({ id }, grader) => ({
    ...tuned,
    k,
    setting,
    grader: id,
    items: byGrader[grader] ?? [],
  }));
}

async function readGeneration(
  reading: Reading,
  plan: Plan,
  tuned: TunedStudent,
  place: { list: EvaluationList; index: number; generation: number },
  digest: string,
): Promise<TextOutcome[]> {
  const writer = generatedWriter(plan, { ...place, tuned }, digest);
  const find = bookedOn(reading, { model: `student/${tuned.student}`, mode: 'single' });
  const written = await readWritten(find, writer.prompt, writer.requestAfter);
  const { graders, evaluation } = plan.science;
  if (written.end === 'open')
    reading.progress.open += 1 + graders.length * roundsOf(plan.catalog.rubric, evaluation.gradings);
  else reading.progress.done += 1;
  const outcomes: TextOutcome[] = [];
  for (const grader of graders) outcomes.push(await judged(reading, plan, grader, writer.item, written));
  return outcomes;
}

async function judged(
  reading: Reading,
  plan: Plan,
  grader: Grader,
  combination: ItemOutcome['combination'],
  written: WrittenText | { readonly end: 'open' },
): Promise<TextOutcome> {
  if (written.end === 'open') return { end: 'failed', reason: 'not asked yet' };
  if (written.end !== 'generated') return written;
  const { gradings: asked, asks } = plan.science.evaluation;
  const rounds = roundsOf(plan.catalog.rubric, asked);
  const find = bookedOn(reading, bookingOf(grader));
  const gradings: GradingOutcome[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const grading = await readGradingRound(find, plan, grader, { combination, text: written.text, round, asks });
    if (grading.end === 'open') reading.progress.open += 1;
    else reading.progress.done += 1;
    gradings.push(grading.end === 'open' ? { end: 'missing' } : grading);
  }
  return { end: 'generated', text: written.text, gradings };
}
