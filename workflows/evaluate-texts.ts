import { workflowInfo } from '@temporalio/workflow';
import type { GeneratedRange } from '../contracts/activities.ts';
import type { EvaluateShardInput } from '../contracts/workflows.ts';
import { allOrCancel } from './all-or-cancel.ts';
import { batchActivities, controlActivities, textActivities } from './call-activities.ts';
import { callsOfText } from './evaluate-shard.ts';
import { partsOf } from './parts-of.ts';
import { range, runWindowed } from './run-windowed.ts';

/**
 * A shard of one cell: the student answers each combination G times, every grader grades each answer R times. An activity
 * asks for all of that of some combinations; graders that are asked by batch grade all answers of the shard at its end.
 */
export async function evaluateTexts(input: EvaluateShardInput): Promise<void> {
  const { study, plan, outline, tuned, cell, from, to } = input;
  const { queues, modes, sizes, generations } = outline;
  const shard: GeneratedRange = { kind: 'evaluate', plan, list: cell.list, tuned, from, to };
  const by = (mode: 'single' | 'batch') => range(0, modes.graders.length).filter((at) => modes.graders[at] === mode);
  const { askTexts } = textActivities(queues.students[tuned.student] ?? queues.control);
  const callsOfItem = generations * callsOfText(input);
  await runWindowed(partsOf({ from, to }, callsOfItem, sizes), sizes.window, async (part) => {
    await askTexts({ texts: { ...shard, ...part }, write: true, graders: by('single') });
  });
  const { gradeBatch } = batchActivities(queues.batch);
  await allOrCancel(() => by('batch').map((grader) => gradeBatch({ texts: shard, grader })));
  const { settleShard: recordProgress } = controlActivities(queues.control);
  const calls = (to - from) * callsOfItem;
  await recordProgress({ study, plan, shard: workflowInfo().workflowId, phase: 'evaluate', calls });
}
