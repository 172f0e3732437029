/** A person's hand on a study: what each message does to the ledger, for the running workflow and for the command line. */
import { UserError } from '../../contracts/failures.ts';
import type {
  ChangeRatesInput,
  ChangeRatesResult,
  PauseResult,
  RaiseBudgetInput,
  RaiseBudgetResult,
  ResumeProviderInput,
  ResumeProviderResult,
} from '../../contracts/messages.ts';
import { checkProvider, checkRaiseBudget, checkRates, RATE_PARTS } from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import { toUsd, unpricedModels } from '../../domain/money/spending.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import { DEFAULT_RATE, ratedModels } from '../../domain/run/workflow-plan.ts';
import { drainCalls } from '../ledger/drain-calls.ts';
import { budgetOf, isPaused, pauseStudy, resumeStudy } from '../ledger/gates.ts';
import { findHold, liftHold } from '../ledger/holds.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { changeRuntime, type KnownStudy } from '../ledger/studies.ts';

/** A study in hand. All of these throw `UserError` for what makes no sense now. */
export interface StudyInHand {
  readonly ledger: Ledger;
  readonly study: KnownStudy;
  readonly plan: Plan;
  readonly signal: AbortSignal;
  /** An earlier try may have done it: then that is no mistake of the person. */
  readonly again: boolean;
}

/** Returns when nothing of what was in flight is left: from then on nothing is sent. */
export async function pause({ ledger, study, signal, again }: StudyInHand): Promise<PauseResult> {
  requireUnfinished(study);
  if (!again && (await isPaused(ledger.tables, study.plan)))
    throw new UserError(`Study ${study.name} is paused already.`, `\`./etude resume ${study.name}\` goes on.`);
  await pauseStudy(ledger.tables, study.plan);
  await drainCalls(ledger, { signal });
  return { paused: true };
}

export async function resume({ ledger, study, again }: StudyInHand): Promise<PauseResult> {
  if (!again && !(await isPaused(ledger.tables, study.plan)))
    throw new UserError(`Study ${study.name} is not paused.`, `See \`./etude status ${study.name}\`.`);
  await resumeStudy(ledger.tables, study.plan);
  return { paused: false };
}

/** Lets a provider's requests go again, after its key or account was mended. */
export async function resumeProvider(
  { ledger, study, plan, again }: StudyInHand,
  { provider }: ResumeProviderInput,
): Promise<ResumeProviderResult> {
  checkProvider({ provider }, ratedModels(plan.science));
  const reason = await findHold(ledger.tables, study.plan, provider);
  if (reason === undefined && !again)
    throw new UserError(
      `Provider ${provider} of study ${study.name} is not held.`,
      `See \`./etude status ${study.name}\`.`,
    );
  await liftHold(ledger.tables, study.plan, provider);
  return { provider, reason: reason ?? '' };
}

export async function raiseBudget(
  { ledger, study, plan }: StudyInHand,
  { usd }: RaiseBudgetInput,
): Promise<RaiseBudgetResult> {
  checkRaiseBudget({ usd });
  requireUnfinished(study);
  requirePrices(plan);
  const spent = toUsd(BigInt((await budgetOf(ledger.tables, study.plan)).spent));
  if (usd < spent)
    throw new UserError(
      `Study ${study.name} has spent ${formatDollars(spent)}: a cap of $${usd} would lie below.`,
      `To send nothing more, \`./etude pause ${study.name}\`; else name a higher cap.`,
    );
  let before: number | null = null;
  await changeRuntime(ledger.tables, study, (now) => {
    before = now.limits.usd ?? null;
    return { ...now, limits: { ...now.limits, usd } };
  });
  return { usd, before, spent };
}

/** Workers take the new rates within seconds; what is not named stays. */
export async function changeRates(
  { ledger, study, plan }: StudyInHand,
  input: ChangeRatesInput,
): Promise<ChangeRatesResult> {
  checkRates(input, ratedModels(plan.science));
  requireUnfinished(study);
  const { model } = input;
  const change = RATE_PARTS.flatMap((part) => (input[part] === undefined ? [] : [[part, input[part]] as const]));
  const { rates } = await changeRuntime(ledger.tables, study, (now) => {
    const rate = { ...(now.rates[model] ?? DEFAULT_RATE), ...Object.fromEntries(change) };
    return { ...now, rates: { ...now.rates, [model]: rate } };
  });
  return { model, rate: rates[model] ?? DEFAULT_RATE };
}

function requirePrices({ science }: Plan): void {
  const unpriced = unpricedModels(science);
  if (unpriced.length === 0 && Object.keys(science.prices).length > 0) return;
  throw new UserError(
    `Study ${science.name} has no price for ${unpriced.join(', ') || 'any model'}: a cap would hold nothing.`,
    'Name `prices` in the study file; that makes it another plan, which uses every reply of this one.',
  );
}

function requireUnfinished({ name, state }: KnownStudy): void {
  if (state === 'finished') throw new UserError(`Study ${name} is finished.`, 'There is nothing left to change.');
}
