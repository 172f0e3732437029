/** What the operator of a study can do to it: the effect of each message, for the running workflow and for the command line. */
import { UserError } from '../../contracts/failures.ts';
import {
  checkMessage,
  RATE_PARTS,
  type ChangeRatesInput,
  type ChangeRatesResult,
  type InputOf,
  type MessageName,
  type PauseResult,
  type RaiseBudgetInput,
  type RaiseBudgetResult,
  type ResultOf,
  type ResumeProviderInput,
  type ResumeProviderResult,
} from '../../contracts/messages.ts';
import type { Plan } from '../../contracts/plan.ts';
import { toUsd, unpricedModels } from '../../domain/money/spending.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import { DEFAULT_RATE, ratedModels } from '../../domain/run/workflow-plan.ts';
import { drainCalls } from '../ledger/drain-calls.ts';
import { budgetOf, isPaused, pauseStudy, resumeStudy } from '../ledger/gates.ts';
import { findHold, liftHold } from '../ledger/holds.ts';
import { changeRuntime, type KnownStudy } from '../ledger/studies.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { amendCell, redoFailed } from './amend-study.ts';

/** A study that its operator wants something of. */
export interface OperatedStudy {
  readonly context: ActivityContext;
  readonly study: KnownStudy;
  readonly plan: Plan;
  readonly signal: AbortSignal;
  /** The message was carried out before, perhaps in part: that it is done already is then no mistake of the person. */
  readonly again: boolean;
}

/** A message without its effect is a type error. All throw `UserError` for what makes no sense now; each is safe to repeat. */
const EFFECTS: {
  readonly [Name in MessageName]: (study: OperatedStudy, input: InputOf<Name>) => Promise<ResultOf<Name>>;
} = {
  pause,
  resume,
  resumeProvider,
  raiseBudget,
  changeRates,
  skip: ({ context, study: { plan }, again }, input) => amendCell(context, { ...input, plan, again }),
  redo: ({ context, study: { plan }, again }, input) => redoFailed(context, { ...input, plan, again }),
};

/** Throws `UserError` for a message that is refused. */
export async function carryOut<Name extends MessageName>(
  name: Name,
  study: OperatedStudy,
  input: InputOf<Name>,
): Promise<ResultOf<Name>> {
  checkMessage(name, input, ratedModels(study.plan.science));
  return EFFECTS[name](study, input);
}

/** Returns when nothing of what was in flight is left: from then on nothing is sent. */
async function pause({ context: { ledger }, study, signal, again }: OperatedStudy): Promise<PauseResult> {
  requireUnfinished(study);
  if (!again && (await isPaused(ledger.tables, study.plan)))
    throw new UserError(`Study ${study.name} is paused already.`, `\`./etude resume ${study.name}\` continues it.`);
  await pauseStudy(ledger.tables, study.plan);
  await drainCalls(ledger, { signal });
  return { paused: true };
}

async function resume({ context: { ledger }, study, again }: OperatedStudy): Promise<PauseResult> {
  if (!again && !(await isPaused(ledger.tables, study.plan)))
    throw new UserError(`Study ${study.name} is not paused.`, `See \`./etude status ${study.name}\`.`);
  await resumeStudy(ledger.tables, study.plan);
  return { paused: false };
}

/** Lets a provider's requests go again, after its key or account was put right. */
async function resumeProvider(
  { context: { ledger }, study, again }: OperatedStudy,
  { provider }: ResumeProviderInput,
): Promise<ResumeProviderResult> {
  const reason = await findHold(ledger.tables, study.plan, provider);
  if (reason === undefined && !again)
    throw new UserError(
      `Provider ${provider} of study ${study.name} is not held.`,
      `See \`./etude status ${study.name}\`.`,
    );
  await liftHold(ledger.tables, study.plan, provider);
  return { provider, reason: reason ?? '' };
}

async function raiseBudget(
  { context: { ledger }, study, plan }: OperatedStudy,
  { usd }: RaiseBudgetInput,
): Promise<RaiseBudgetResult> {
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
async function changeRates(
  { context: { ledger }, study }: OperatedStudy,
  input: ChangeRatesInput,
): Promise<ChangeRatesResult> {
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
