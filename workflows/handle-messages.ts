import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { UserError } from '../contracts/failures.ts';
import { checkProvider, checkRaiseBudget, checkRates, refusalOf } from '../contracts/messages.ts';
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
  setHandler(messages.pause, () => hand.pauseStudy(ref));
  setHandler(messages.resume, () => hand.resumeStudy(ref));
  setHandler(messages.pauseSignal, () => withoutAnswer(hand.pauseStudy(ref)));
  setHandler(messages.resumeSignal, () => withoutAnswer(hand.resumeStudy(ref)));
  setHandler(messages.resumeProvider, (input) => hand.resumeProvider({ ...input, ...ref }), {
    validator: refuseUnless<ResumeProviderInput>((input) => checkProvider(input, outline.models)),
  });
  setHandler(messages.raiseBudget, (input) => hand.raiseBudget({ ...input, ...ref }), {
    validator: refuseUnless(checkRaiseBudget),
  });
  setHandler(messages.changeRates, (input) => hand.changeRates({ ...input, ...ref }), {
    validator: refuseUnless<ChangeRatesInput>((input) => checkRates(input, outline.models)),
  });
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
      throw error instanceof UserError ? ApplicationFailure.create(refusalOf(error)) : error;
    }
  };

/** Nobody hears a signal's refusal; thrown here, it would end the study. */
async function withoutAnswer(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}
