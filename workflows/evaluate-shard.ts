import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { GeneratedRange, GeneratedRef } from '../contracts/activities.ts';
import type { EvaluateCellInput, EvaluateShardInput } from '../contracts/workflows.ts';
import { allOrCancel } from './all-or-cancel.ts';
import { batchActivities, callActivities, controlActivities } from './call-activities.ts';
import { historyIsLong } from './history-is-long.ts';
import { range, runWindowed } from './run-windowed.ts';

/**
 * A shard of one cell: the student answers each combination G times, every grader grades each answer R times; graders
 * that are asked by batch grade all answers of the shard together, at its end.
 */
export async function evaluateShard(input: EvaluateShardInput): Promise<void> {
  const { study, plan, outline, tuned, cell, from, to, done = 0 } = input;
  const { queues, sizes, generations } = outline;
  const texts = range(from, to)
    .flatMap((index) => range(0, generations).map((generation) => ({ index, generation })))
    .slice(done);
  const taken = await runWindowed(
    texts,
    sizes.window,
    (text) => evaluateText(input, { kind: 'evaluate', plan, list: cell.list, tuned, ...text }),
    () => historyIsLong(sizes),
  );
  const complete = taken === texts.length;
  if (complete) await gradeByBatch(input);
  const calls = (done + taken) * callsOfText(input);
  const { settleShard: recordProgress } = controlActivities(queues.control);
  await recordProgress({ study, plan, shard: workflowInfo().workflowId, phase: 'evaluate', calls });
  if (!complete) await continueAsNew<typeof evaluateShard>({ ...input, done: done + taken });
}

/** Calls that one text takes: the student's turns, and R gradings by each grader. */
export function callsOfText({ outline, tuned }: EvaluateCellInput): number {
  const { students, queues, gradings } = outline;
  const turns = students.find(({ id }) => id === tuned.student)?.turns ?? 1;
  return turns + queues.graders.length * gradings;
}

async function evaluateText({ outline, tuned }: EvaluateShardInput, ref: GeneratedRef): Promise<void> {
  const { queues, modes, gradings } = outline;
  const { writeText } = callActivities(queues.students[tuned.student] ?? queues.control);
  let { end } = await writeText({ ref });
  while (end === 'open') ({ end } = await writeText({ ref }));
  if (end !== 'generated') return;
  const judgements = queues.graders.flatMap((queue, grader) =>
    range(0, modes.graders[grader] === 'single' ? gradings : 0).map((round) => ({ queue, grader, round })),
  );
  await runWindowed(judgements, judgements.length, async ({ queue, grader, round }) => {
    const { gradeText } = callActivities(queue);
    let graded = await gradeText({ ref, grader, round });
    while (graded.end === 'open') graded = await gradeText({ ref, grader, round });
  });
}

async function gradeByBatch({ plan, outline, tuned, cell, from, to }: EvaluateShardInput): Promise<void> {
  const { queues, modes } = outline;
  const { gradeBatch } = batchActivities(queues.batch);
  const texts: GeneratedRange = { kind: 'evaluate', plan, list: cell.list, tuned, from, to };
  const graders = range(0, modes.graders.length).filter((grader) => modes.graders[grader] === 'batch');
  await allOrCancel(() => graders.map((grader) => gradeBatch({ texts, grader })));
}
