import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { UserError } from '../contracts/failures.ts';
import { checkRedo, checkSkip, type RedoInput, type SkipInput } from '../contracts/messages.ts';
import type { StudyInput } from '../contracts/workflows.ts';
import { handActivities } from './call-activities.ts';
import { answer, refuseUnless } from './handle-messages.ts';
import * as messages from './messages.ts';

export interface Amendments {
  /** Takes no more amendments, once those are done that were taken. */
  readonly close: () => Promise<void>;
  readonly reopen: () => void;
}

/** What a person amends while a study runs. None is taken while it is analysed: results and ledger would differ. */
export function handleAmendments({ study, plan, outline }: StudyInput): Amendments {
  const { amendCell, redoFailed } = handActivities(outline.queues.control);
  let closed = false;
  const requireOpen = (): void => {
    if (!closed) return;
    throw new UserError(`Study ${study} is writing its results.`, 'Try again when `./etude status` says finished.');
  };
  setHandler(messages.skip, (input) => answer(amendCell({ ...input, plan })), {
    description:
      'Gives a cell up; without "why" takes it back. Input: {"cell": "tiny/1,2,3/k3/held-out", "why": "..."}',
    validator: refuseUnless((input: SkipInput) => {
      requireOpen();
      checkSkip(input);
    }),
  });
  setHandler(messages.redo, (input) => answer(redoFailed({ ...input, plan })), {
    description: 'Tries failed calls and arms again. Input: {}, or {"cell": "tiny/1,2,3/k3/held-out"}',
    validator: refuseUnless((input: RedoInput) => {
      requireOpen();
      checkRedo(input);
    }),
  });
  return {
    close: async () => {
      await condition(allHandlersFinished);
      closed = true;
    },
    reopen: () => {
      closed = false;
    },
  };
}
