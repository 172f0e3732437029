import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { ComposedRange, ComposedRef } from '../contracts/activities.ts';
import type { ComposeShardInput } from '../contracts/workflows.ts';
import { batchActivities, callActivities, controlActivities } from './call-activities.ts';
import { historyIsLong } from './history-is-long.ts';
import { range, runWindowed } from './run-windowed.ts';

/**
 * A shard of the corpus: the teacher writes each text in its turns, the keep grader grades it. Every call is one
 * activity, except for roles that are asked by batch: there one activity fetches all replies of the shard.
 */
export async function composeShard(input: ComposeShardInput): Promise<void> {
  const { study, plan, outline, list, from, to, done = 0 } = input;
  const { queues, modes, sizes, teacherTurns, keepGradings } = outline;
  const { writeBatch, gradeBatch } = batchActivities(queues.batch);
  const shard: ComposedRange = { kind: 'compose', plan, list, from, to };
  if (modes.teacher === 'batch') await writeBatch({ texts: shard });
  const texts = range(from, to).slice(done);
  const taken = await runWindowed(
    texts,
    sizes.window,
    (index) => composeText(input, index),
    () => historyIsLong(sizes),
  );
  const complete = taken === texts.length;
  if (complete && modes.keepGrader === 'batch') await gradeBatch({ texts: shard, grader: 'keep' });
  const calls = (done + taken) * (teacherTurns + keepGradings);
  const { settleShard: recordProgress } = controlActivities(queues.control);
  await recordProgress({ study, plan, shard: workflowInfo().workflowId, phase: 'compose', calls });
  if (!complete) await continueAsNew<typeof composeShard>({ ...input, done: done + taken });
}

async function composeText({ plan, outline, list }: ComposeShardInput, index: number): Promise<void> {
  const ref: ComposedRef = { kind: 'compose', plan, list, index };
  const { modes, queues } = outline;
  const { writeText } = callActivities(queues.teacher);
  const { gradeText } = callActivities(queues.keepGrader);
  if (modes.teacher === 'single') {
    let { end } = await writeText({ ref });
    while (end === 'open') ({ end } = await writeText({ ref }));
    if (end !== 'generated') return;
  }
  if (modes.keepGrader === 'batch') return;
  await runWindowed(range(0, outline.keepGradings), outline.keepGradings, async (round) => {
    let graded = await gradeText({ ref, grader: 'keep', round });
    while (graded.end === 'open') graded = await gradeText({ ref, grader: 'keep', round });
  });
}
