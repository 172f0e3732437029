import { ActivityFailure, ApplicationFailure, setHandler } from '@temporalio/workflow';
import { FAILURES, UserError } from '../contracts/failures.ts';
import { checkProvider, checkRaiseBudget, checkRates, readRefusal, refusalOf } from '../contracts/messages.ts';
import type { ChangeRatesInput, ResumeProviderInput } from '../contracts/messages.ts';
import type { StudyInput } from '../contracts/workflows.ts';
import { handActivities } from './call-activities.ts';
import * as messages from './messages.ts';

/**
 * A person's hand on the study. Absurd input is refused before it enters the history; what the ledger must decide is
 * refused by the one activity that each message is. The ledger stays the only place where the state is kept.
 */
export function handleMessages({ study, plan, outline }: StudyInput): void {
  const hand = handActivities(outline.queues.control);
  // It comes last below: no input stands in the place of what the study itself is.
  const ref = { study, plan };
  setHandler(messages.pause, () => answer(hand.pauseStudy(ref)), {
    description: 'Lets calls in flight end and sends none. No input.',
  });
  setHandler(messages.resume, () => answer(hand.resumeStudy(ref)), {
    description: 'Goes on with a paused study. No input.',
  });
  setHandler(messages.pauseSignal, () => withoutAnswer(hand.pauseStudy(ref)));
  setHandler(messages.resumeSignal, () => withoutAnswer(hand.resumeStudy(ref)));
  setHandler(messages.resumeProvider, (input) => answer(hand.resumeProvider({ ...input, ...ref })), {
    validator: refuseUnless<ResumeProviderInput>((input) => checkProvider(input, outline.models)),
    description: 'Asks a provider again that waits for a person. Input: {"provider": "openai"}',
  });
  setHandler(messages.raiseBudget, (input) => answer(hand.raiseBudget({ ...input, ...ref })), {
    validator: refuseUnless(checkRaiseBudget),
    description: 'Changes the cap on spending. Input: {"usd": 250}',
  });
  setHandler(messages.changeRates, (input) => answer(hand.changeRates({ ...input, ...ref })), {
    validator: refuseUnless<ChangeRatesInput>((input) => checkRates(input, outline.models)),
    description:
      'Changes what it names of a rate. Input: {"model": "openai/gpt-4", "requestsPerMinute": 60, "tokensPerMinute": 9000, "concurrency": 8}',
  });
}

/** What the ledger refuses is told as it is: of an activity that failed the Web UI shows no reason. */
export async function answer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const refused = cause instanceof ApplicationFailure && cause.type === FAILURES.refused;
    throw refused ? refuse(readRefusal(cause.message)) : error;
  }
}

/** A person's mistake has no place in the code, and a stack would name this machine's folders. */
function refuse(mistake: UserError): ApplicationFailure {
  const refusal = ApplicationFailure.create(refusalOf(mistake));
  refusal.stack = '';
  return refusal;
}

/** A validator that throws what `check` finds wrong, before the message enters the history. */
export const refuseUnless =
  <Input extends object>(check: (input: Input) => void) =>
  (input: Input): void => {
    try {
      if (typeof input !== 'object' || input === null)
        throw new UserError('The message has no input.', 'Give it one object.');
      check(input);
    } catch (error) {
      throw error instanceof UserError ? refuse(error) : error;
    }
  };

/** Nobody hears a signal's refusal; thrown here, it would end the study. */
async function withoutAnswer(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}
