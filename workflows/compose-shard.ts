import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { ComposedRef } from '../contracts/activities.ts';
import type { ComposeShardInput } from '../contracts/workflows.ts';
import { callActivities, controlActivities } from './call-activities.ts';
import { historyIsLong } from './history-is-long.ts';
import { range, runWindowed } from './run-windowed.ts';

/** A shard of texts: the teacher writes each in its turns, the keep grader grades it. Every call is one activity. */
export async function composeShard(input: ComposeShardInput): Promise<void> {
  const { study, plan, outline, from, to, done = 0 } = input;
  const { queues, sizes, teacherTurns, keepGradings } = outline;
  const texts = range(from, to).slice(done);
  const taken = await runWindowed(
    texts,
    sizes.window,
    (index) => composeText(input, index),
    () => historyIsLong(sizes),
  );
  const calls = (done + taken) * (teacherTurns + keepGradings);
  const { settleShard } = controlActivities(queues.control);
  await settleShard({ study, plan, shard: workflowInfo().workflowId, phase: 'compose', calls });
  if (taken < texts.length) await continueAsNew<typeof composeShard>({ ...input, done: done + taken });
}

async function composeText({ plan, outline, list }: ComposeShardInput, index: number): Promise<void> {
  const ref: ComposedRef = { kind: 'compose', plan, list, index };
  const { writeText } = callActivities(outline.queues.teacher);
  const { gradeText } = callActivities(outline.queues.keepGrader);
  let { end } = await writeText({ ref });
  while (end === 'open') ({ end } = await writeText({ ref }));
  if (end !== 'generated') return;
  await runWindowed(range(0, outline.keepGradings), outline.keepGradings, async (round) => {
    let graded = await gradeText({ ref, grader: 'keep', round });
    while (graded.end === 'open') graded = await gradeText({ ref, grader: 'keep', round });
  });
}
