import { executeChild } from '@temporalio/workflow';
import { cellId, shardId } from '../contracts/ids.ts';
import type { EvaluateCellInput } from '../contracts/workflows.ts';
import { callsOfText, evaluateShard } from './evaluate-shard.ts';
import { evaluateTexts } from './evaluate-texts.ts';
import { cut, runWindowed } from './run-windowed.ts';

/**
 * SKILL-MIX(k) (Yu et al. 2023, arXiv 2310.17567) of one tuned student in one setting, cut into shards so that each
 * history stays small.
 */
export async function evaluateCell(input: EvaluateCellInput): Promise<void> {
  const { study, outline, tuned, cell } = input;
  const size = Math.max(1, Math.floor(outline.sizes.callsPerShard / (outline.generations * callsOfText(input))));
  const shard = outline.sizes.callsPerActivity === undefined ? evaluateShard : evaluateTexts;
  await runWindowed(cut(0, cell.items, size), outline.sizes.childrenAtOnce, ({ from, to }) =>
    executeChild(shard, {
      workflowId: shardId(cellId(study, tuned, cell), from),
      staticSummary: `Combinations ${from} to ${to - 1}`,
      args: [{ ...input, from, to }],
    }),
  );
}
