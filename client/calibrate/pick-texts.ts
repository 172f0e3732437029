/** Picks texts of a finished study over all students, arms, k and settings; the study's seed picks the same each time. */
import { NotComposedYet } from '../../activities/corpus/datasets.ts';
import { digestOf, NotTrainedYet } from '../../activities/jobs/checkpoint-digests.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { EvaluationList, Plan, PlannedCombination, TunedStudent } from '../../contracts/plan.ts';
import { randomStream, shuffle } from '../../domain/basics/random.ts';
import { tunedStudents } from '../../domain/plan/plan-cells.ts';
import { generatedWriter } from '../../domain/requests/item-requests.ts';
import { readWritten } from '../../domain/requests/read-back.ts';

export interface PickedText {
  readonly combination: PlannedCombination;
  readonly text: string;
}

interface Place {
  readonly tuned: TunedStudent;
  readonly list: EvaluationList;
  readonly index: number;
  readonly generation: number;
}

/** At most `count` texts; equal texts for the same combination are picked once. */
export async function pickTexts(
  context: ActivityContext,
  plan: Plan,
  hash: string,
  count: number,
): Promise<PickedText[]> {
  const picked = new Map<string, PickedText>();
  for (const { tuned, ...place } of shuffle(randomStream(plan.science.seed, 'calibrate'), placesOf(plan))) {
    if (picked.size >= count) break;
    const digest = await digestOf(context, plan, hash, tuned).catch(ignoreUntrained);
    if (digest === undefined) continue;
    const writer = generatedWriter(plan, { ...place, tuned }, digest);
    const written = await readWritten((key) => context.ledger.find(key), writer.prompt, writer.requestAfter);
    if (written.end !== 'generated') continue;
    const { item: combination } = writer;
    const key = JSON.stringify([combination.skills, combination.topic, written.text]);
    picked.set(key, { combination, text: written.text });
  }
  return [...picked.values()];
}

function ignoreUntrained(error: unknown): undefined {
  if (!(error instanceof NotTrainedYet) && !(error instanceof NotComposedYet)) throw error;
}

function placesOf(plan: Plan): Place[] {
  const { generations } = plan.science.evaluation;
  return tunedStudents(plan).flatMap((tuned) =>
    plan.evaluation.flatMap(({ partition, items }, list) =>
      partition === tuned.partition
        ? items.flatMap((_, index) =>
            Array.from({ length: generations }, (_none, generation) => ({ tuned, list, index, generation })),
          )
        : [],
    ),
  );
}
