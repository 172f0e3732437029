/** A person's amendments of a plan: cells that are given up, and failures that are tried again. Both throw `UserError`. */
import type { FindCall } from '../../contracts/calls.ts';
import { UserError } from '../../contracts/failures.ts';
import {
  checkRedo,
  checkSkip,
  type RedoInput,
  type RedoResult,
  type SkipInput,
  type SkipResult,
} from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import { SpendingTally } from '../../domain/money/spending.ts';
import { planCells, requireCell, type PlanCell } from '../../domain/plan/plan-cells.ts';
import { readCells } from '../analysis/read-cells.ts';
import { findDigest } from '../jobs/checkpoint-digests.ts';
import { isSkipped, setAsideArms, setAsideCalls, skipCell, takeBackSkip } from '../ledger/amendments.ts';
import { isFinished, reopenStudy } from '../ledger/studies.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';

interface OfPlan {
  readonly plan: string;
  /** An earlier try may have done it: then that is no mistake of the person. */
  readonly again?: boolean;
}

/** Gives a cell up, or takes that back while the study is not finished. Safe to repeat. */
export async function amendCell(
  context: Pick<ActivityContext, 'ledger' | 'store'>,
  { plan: hash, cell, why, again = false }: OfPlan & SkipInput,
): Promise<SkipResult> {
  checkSkip({ cell, ...(why === undefined ? {} : { why }) });
  const { tables } = context.ledger;
  const plan = await loadPlan(context, hash);
  const { path } = requireCell(plan, cell);
  const { name } = plan.science;
  if (await isFinished(tables, hash))
    throw new UserError(
      `Study ${name} is finished: its cells stay as they are.`,
      'What failed in it can be tried again: `./etude redo`.',
    );
  if (why !== undefined) await skipCell(tables, hash, path, why);
  else if (!(await takeBackSkip(tables, hash, path)) && !again)
    throw new UserError(`Cell ${path} of study ${name} is not given up.`, `See \`./etude status ${name}\`.`);
  return { cell: path, skipped: why !== undefined };
}

/**
 * Sets aside what failed in the evaluation, so that it is asked again: failed calls and failed arms, never a valid reply.
 * Texts of the training corpus stay as they are: with another corpus every arm would be another one.
 */
export async function redoFailed(
  context: ActivityContext,
  { plan: hash, cell, again = false }: OfPlan & RedoInput,
): Promise<RedoResult> {
  checkRedo({ cell });
  const { tables } = context.ledger;
  const plan = await loadPlan(context, hash);
  const only = cell === undefined ? undefined : requireCell(plan, cell);
  if (only && (await isSkipped(tables, hash, only.path)))
    throw new UserError(`Cell ${only.path} is given up.`, `Take that back first: \`./etude skip --undo\`.`);
  const failed = new Set<string>();
  for (const one of only ? [only] : planCells(plan))
    if (!(await isSkipped(tables, hash, one.path)))
      for (const key of await failedKeys(context, plan, hash, one)) failed.add(key);
  const calls = await setAsideCalls(tables, hash, failed);
  const arms = await setAsideArms(tables, hash, only?.tuned);
  if (calls + arms === 0 && !again)
    throw new UserError(
      `Nothing failed in ${only ? `cell ${only.path}` : `study ${plan.science.name}`}: there is nothing to ask again.`,
      'Refused, truncated and unreadable replies are outcomes and stay.',
    );
  await reopenStudy(tables, hash);
  return { calls, arms };
}

/** The keys of a cell that its provider will never answer, as analysis comes upon them. */
async function failedKeys(
  context: ActivityContext,
  plan: Plan,
  hash: string,
  { tuned, list }: PlanCell,
): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  const find: FindCall = async (key) => {
    const call = await context.ledger.find(key);
    if (call?.end === 'failed') failed.add(key);
    return call;
  };
  const digest = await findDigest(context, plan, hash, tuned);
  const reading = { find, tally: new SpendingTally({}), progress: { done: 0, open: 0 } };
  if (digest) await readCells(reading, plan, tuned, list, { of: digest });
  return failed;
}
