import { executeChild } from '@temporalio/workflow';
import { cellId, shardId } from '../contracts/ids.ts';
import type { EvaluateCellInput } from '../contracts/workflows.ts';
import { callsOfText, evaluateShard } from './evaluate-shard.ts';
import { cut, runWindowed } from './run-windowed.ts';

/** SKILL-MIX(k) of one tuned student on one setting, in shards small enough for one history each. */
export async function evaluateCell(input: EvaluateCellInput): Promise<void> {
  const { study, outline, tuned, cell } = input;
  const size = Math.max(1, Math.floor(outline.sizes.callsPerShard / (outline.generations * callsOfText(input))));
  await runWindowed(cut(0, cell.items, size), outline.sizes.childrenAtOnce, ({ from, to }) =>
    executeChild(evaluateShard, {
      workflowId: shardId(cellId(study, tuned, cell), from),
      staticSummary: `Combinations ${from} to ${to - 1}`,
      args: [{ ...input, from, to }],
    }),
  );
}
