import { executeChild } from '@temporalio/workflow';
import { composeId, shardId } from '../contracts/ids.ts';
import type { ComposeInput } from '../contracts/workflows.ts';
import { controlActivities } from './call-activities.ts';
import { composeShard } from './compose-shard.ts';
import { composeTexts } from './compose-texts.ts';
import { cut, runWindowed } from './run-windowed.ts';

/** Composes one k in planned waves until enough texts are kept, or the planned surplus is used up. */
export async function composeCorpus({ compose, ...within }: ComposeInput): Promise<void> {
  const { study, plan, outline } = within;
  const { list, waves } = compose;
  const { countKept } = controlActivities(outline.queues.control);
  const size = Math.max(1, Math.floor(outline.sizes.callsPerShard / (outline.teacherTurns + outline.keepGradings)));
  const shard = outline.sizes.callsPerActivity === undefined ? composeShard : composeTexts;
  let composed = 0;
  for (const wave of waves) {
    await runWindowed(cut(composed, composed + wave, size), outline.sizes.childrenAtOnce, ({ from, to }) =>
      executeChild(shard, {
        workflowId: shardId(composeId(study, compose), from),
        staticSummary: `Texts ${from} to ${to - 1}`,
        args: [{ ...within, list, from, to }],
      }),
    );
    composed += wave;
    const { kept, target } = await countKept({ plan, list, composed });
    if (kept >= target) return;
  }
}
