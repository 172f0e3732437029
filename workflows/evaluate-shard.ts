import { workflowInfo } from '@temporalio/workflow';
import type { GeneratedRef } from '../contracts/activities.ts';
import type { EvaluateShardInput } from '../contracts/workflows.ts';
import { callActivities, controlActivities } from './call-activities.ts';
import { range, runWindowed } from './run-windowed.ts';

/** A run of combinations of one cell: the student answers each G times, every grader grades each answer R times. */
export async function evaluateShard(input: EvaluateShardInput): Promise<void> {
  const { study, plan, outline, tuned, cell, from, to } = input;
  const places = range(from, to).flatMap((index) =>
    range(0, outline.generations).map((generation) => ({ index, generation })),
  );
  await runWindowed(places, outline.sizes.window, (place) =>
    evaluateText(input, { kind: 'evaluate', plan, list: cell.list, tuned, ...place }),
  );
  const { settleShard } = controlActivities(outline.queues.control);
  const calls = places.length * (1 + outline.queues.graders.length * outline.gradings);
  await settleShard({ study, plan, shard: workflowInfo().workflowId, phase: 'evaluate', calls });
}

async function evaluateText({ outline, tuned }: EvaluateShardInput, ref: GeneratedRef): Promise<void> {
  const { queues, gradings } = outline;
  const { writeText } = callActivities(queues.students[tuned.student] ?? queues.control);
  let { end } = await writeText({ ref });
  while (end === 'open') ({ end } = await writeText({ ref }));
  if (end !== 'generated') return;
  const judgements = queues.graders.flatMap((queue, grader) =>
    range(0, gradings).map((round) => ({ queue, grader, round })),
  );
  await runWindowed(judgements, judgements.length, async ({ queue, grader, round }) => {
    const { gradeText } = callActivities(queue);
    let graded = await gradeText({ ref, grader, round });
    while (graded.end === 'open') graded = await gradeText({ ref, grader, round });
  });
}
