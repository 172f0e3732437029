/** Gets gradings of the picked texts: from the ledger if it has them, else from the grader, whose replies it keeps. */
import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { CallRuntime } from '../../activities/asking/call-runtime.ts';
import { callModel } from '../../activities/calls/call-model.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import { FAILURES, UserError } from '../../contracts/failures.ts';
import type { GradingOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Grader } from '../../contracts/study.ts';
import { readGradingRound, type GradingPlace } from '../../domain/requests/read-back.ts';
import type { PickedText } from './pick-texts.ts';

/** Attempts per call before the command ends with an error; a study itself would try for ever. */
const ATTEMPTS = 8;

/** What no further attempt changes. */
const FOR_A_PERSON = new Set<string>([FAILURES.auth, FAILURES.quota, FAILURES.held]);

const placeOf = (plan: Plan, { combination, text }: PickedText): GradingPlace => ({
  combination,
  text,
  round: 0,
  asks: plan.science.evaluation.asks,
});

/** The texts whose first grading is not in the ledger. */
export async function findUngraded(
  { ledger }: ActivityContext,
  plan: Plan,
  grader: Grader,
  texts: readonly PickedText[],
): Promise<PickedText[]> {
  const open: PickedText[] = [];
  for (const text of texts) {
    const known = await readGradingRound((key) => ledger.find(key), plan, grader, placeOf(plan, text));
    if (known.end === 'open') open.push(text);
  }
  return open;
}

export async function askGradings(
  context: ActivityContext,
  plan: Plan,
  grader: Grader,
  texts: readonly PickedText[],
  { atOnce, signal }: { atOnce: number; signal: AbortSignal },
): Promise<GradingOutcome[]> {
  const gradings: GradingOutcome[] = [];
  const queue = texts.entries();
  const askOn = async (): Promise<void> => {
    for (const [index, text] of queue) gradings[index] = await askGrading(context, plan, grader, text, signal);
  };
  await Promise.all(Array.from({ length: atOnce }, askOn));
  return gradings;
}

async function askGrading(
  context: ActivityContext,
  plan: Plan,
  grader: Grader,
  text: PickedText,
  signal: AbortSignal,
): Promise<GradingOutcome> {
  for (;;) {
    signal.throwIfAborted();
    const known = await readGradingRound((key) => context.ledger.find(key), plan, grader, placeOf(plan, text));
    if (known.end !== 'open') return known;
    await send(signal, (runtime) => callModel(context, plan, known.request, 'calibrate', { runtime }));
  }
}

/** Runs `work` as an activity would run, with the waits between attempts that its failures ask for. */
async function send(signal: AbortSignal, work: (runtime: CallRuntime) => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Warnings are dropped, because the error with which this command ends says the same.
      await work({ signal, attempt, log: { warn: () => {} } });
      return;
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      if (FOR_A_PERSON.has(error.type ?? '') || error.nonRetryable || attempt === ATTEMPTS) throw giveUp(error);
      await wait(Number(error.nextRetryDelay ?? 1_000), undefined, { signal });
    }
  }
}

const giveUp = (cause: ApplicationFailure): UserError =>
  new UserError(
    `A grading was not answered: ${cause.message}.`,
    'Correct that and run the same command again: what was paid for is kept.',
    { cause },
  );
