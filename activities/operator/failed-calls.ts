/** Keys of failed calls, found by the walk that analysis makes: of a cell, or of the training texts of a partition. */
import type { FindCall } from '../../contracts/calls.ts';
import { tunedPath } from '../../contracts/ids.ts';
import type { ComposeList, Plan } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import { isTrained } from '../../contracts/study.ts';
import { SpendingTally } from '../../domain/money/spending.ts';
import { cellsOf, tunedStudents, type PlanCell } from '../../domain/plan/plan-cells.ts';
import { readCells } from '../analysis/read-cells.ts';
import { readComposed } from '../corpus/read-composed.ts';
import { findDigest } from '../jobs/checkpoint-digests.ts';
import { listAmendments } from '../ledger/arms/amendments.ts';
import { listFailedArms } from '../ledger/arms/checkpoints.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/** A `find` that remembers which keys have failed. */
function noteFailed({ ledger }: ActivityContext, failed: Set<string>): FindCall {
  return async (key) => {
    const call = await ledger.find(key);
    if (call?.end === 'failed') failed.add(key);
    return call;
  };
}

/** The failed calls of a cell. */
export async function failedInCell(
  context: ActivityContext,
  plan: Plan,
  hash: string,
  { tuned, list }: PlanCell,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  const digest = await findDigest(context, plan, hash, tuned);
  const reading = { find: noteFailed(context, failed), tally: new SpendingTally({}), progress: { done: 0, open: 0 } };
  if (digest) await readCells(reading, plan, tuned, list, { of: digest });
  return failed;
}

/** The failed calls behind the training texts of one list: of the teacher, and of the grader that decides what is kept. */
export async function failedInCorpus(
  context: ActivityContext,
  plan: Plan,
  list: ComposeList,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  const find = noteFailed(context, failed);
  const items = plan.compose[list]?.items.length ?? 0;
  for (let index = 0; index < items; index += 1) await readComposed(find, plan, list, index);
  return failed;
}

/**
 * The arms that use the training texts of a partition or will, as `tiny/1,2`: tuned, being tuned, or still to come. Only
 * arms that have failed or were skipped leave the texts free: what is being tuned was prepared from them.
 */
export async function armsOfCorpus(
  { ledger: { tables } }: ActivityContext,
  plan: Plan,
  hash: string,
  partition: number,
): Promise<readonly string[]> {
  const failed = new Set((await listFailedArms(tables, hash)).map(tunedPath));
  const skipped = new Set((await listAmendments(tables, hash)).map(({ cell }) => cell));
  return tunedStudents(plan)
    .filter((tuned) => tuned.partition === partition && isTrained(armOf(plan, tuned.arm)))
    .filter((tuned) => !failed.has(tunedPath(tuned)) && cellsOf(plan, tuned).some(({ path }) => !skipped.has(path)))
    .map(tunedPath);
}
