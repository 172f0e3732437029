import { workflowInfo } from '@temporalio/workflow';
import type { AskTextsInput, ComposedRange } from '../contracts/activities.ts';
import type { ComposeShardInput } from '../contracts/workflows.ts';
import { batchActivities, controlActivities, textActivities } from './call-activities.ts';
import { partsOf } from './parts-of.ts';
import { runWindowed } from './run-windowed.ts';

/**
 * A shard of the corpus: the teacher writes each text in its turns, the keep grader grades it. An activity asks for some
 * texts, each as a whole; for roles that are asked by batch, one activity fetches all replies of the shard.
 */
export async function composeTexts({ study, plan, outline, list, from, to }: ComposeShardInput): Promise<void> {
  const { queues, modes, sizes, teacherTurns, keepGradings } = outline;
  const { writeBatch, gradeBatch } = batchActivities(queues.batch);
  const shard: ComposedRange = { kind: 'compose', plan, list, from, to };
  const callsOfText = teacherTurns + keepGradings;
  if (modes.teacher === 'batch') await writeBatch({ texts: shard });
  const asked: Omit<AskTextsInput, 'texts'> = {
    write: modes.teacher === 'single',
    graders: modes.keepGrader === 'single' && keepGradings > 0 ? ['keep'] : [],
  };
  const { askTexts } = textActivities(asked.write ? queues.teacher : queues.keepGrader);
  if (asked.write || asked.graders.length > 0)
    await runWindowed(partsOf({ from, to }, callsOfText, sizes), sizes.window, async (part) => {
      await askTexts({ texts: { ...shard, ...part }, ...asked });
    });
  if (modes.keepGrader === 'batch') await gradeBatch({ texts: shard, grader: 'keep' });
  const { settleShard: recordProgress } = controlActivities(queues.control);
  const calls = (to - from) * callsOfText;
  await recordProgress({ study, plan, shard: workflowInfo().workflowId, phase: 'compose', calls });
}
