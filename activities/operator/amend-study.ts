/** A person's amendments of a plan: cells that are given up, and failures that are tried again. Both throw `UserError`. */
import { UserError } from '../../contracts/failures.ts';
import type { RedoInput, RedoResult, SkipInput, SkipResult } from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import { planCells, requireCell, type PlanCell } from '../../domain/plan/plan-cells.ts';
import { isSkipped, setAsideArms, setAsideCalls, skipCell, takeBackSkip } from '../ledger/arms/amendments.ts';
import { isFinished, reopenStudy } from '../ledger/studies.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { armsOfCorpus, failedInCell, failedInCorpus } from './failed-calls.ts';

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
 * Sets aside what failed, so that it is asked again: failed calls and failed arms, never a valid reply. Training texts
 * are asked again once every arm of their partition has failed: with another corpus the others would be other arms.
 */
export async function redoFailed(
  context: ActivityContext,
  { plan: hash, cell, again = false }: OfPlan & RedoInput,
): Promise<RedoResult> {
  const { tables } = context.ledger;
  const plan = await loadPlan(context, hash);
  const only = cell === undefined ? undefined : requireCell(plan, cell);
  if (only && (await isSkipped(tables, hash, only.path)))
    throw new UserError(`Cell ${only.path} is given up.`, `Take that back first: \`./etude skip --undo\`.`);
  const failed = new Set<string>();
  for (const one of only ? [only] : planCells(plan))
    if (!(await isSkipped(tables, hash, one.path)))
      for (const key of await failedInCell(context, plan, hash, one)) failed.add(key);
  const corpus = only ? NO_CORPUS : await failedCorpus(context, plan, hash);
  const calls = await setAsideCalls(tables, hash, failed);
  const composing = await setAsideCalls(tables, hash, corpus.failed);
  const arms = await setAsideArms(tables, hash, only?.tuned);
  if (calls + composing + arms === 0 && !again) throw nothingFailed(plan, only, corpus);
  await reopenStudy(tables, hash);
  return { calls: calls + composing, arms, ...(composing > 0 ? { composing } : {}) };
}

interface FailedCorpus {
  readonly failed: ReadonlySet<string>;
  /** Failed calls of training texts that stay, since these arms use their corpus. */
  readonly fixed: number;
  readonly arms: readonly string[];
}
const NO_CORPUS: FailedCorpus = { failed: new Set(), fixed: 0, arms: [] };

async function failedCorpus(context: ActivityContext, plan: Plan, hash: string): Promise<FailedCorpus> {
  const failed = new Set<string>();
  const users = new Set<string>();
  let fixed = 0;
  for (const [list, { partition }] of plan.compose.entries()) {
    const found = await failedInCorpus(context, plan, list);
    if (found.size === 0) continue;
    const arms = await armsOfCorpus(context, plan, hash, partition);
    for (const arm of arms) users.add(arm);
    if (arms.length > 0) fixed += found.size;
    else for (const key of found) failed.add(key);
  }
  return { failed, fixed, arms: [...users] };
}

function nothingFailed({ science: { name } }: Plan, only: PlanCell | undefined, { fixed, arms }: FailedCorpus) {
  if (fixed === 0)
    return new UserError(
      `Nothing failed in ${only ? `cell ${only.path}` : `study ${name}`}: there is nothing to ask again.`,
      'Refused, truncated and unreadable replies are outcomes and stay.',
    );
  return new UserError(
    `${fixed} ${fixed === 1 ? 'call' : 'calls'} failed while the training texts of study ${name} were composed, and ` +
      `${arms.join(', ')} ${arms.length === 1 ? 'uses' : 'use'} that corpus: it stays as it is.`,
    'When all of these arms have failed, it can be composed again. For another corpus now, give the study another `seed` and name: it uses every reply that the ledger holds.',
  );
}
