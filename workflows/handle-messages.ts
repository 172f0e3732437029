import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';
import { FAILURES, UserError } from '../contracts/failures.ts';
import {
  checkMessage,
  MESSAGE_NAMES,
  messageOf,
  MESSAGES,
  readRefusal,
  refusalOf,
  type MessageName,
} from '../contracts/messages.ts';
import type { StudyInput } from '../contracts/workflows.ts';
import { operatorActivities } from './call-activities.ts';

export interface Amendments {
  /** Waits until accepted amendments are done, then refuses further ones until `reopen`. */
  readonly close: () => Promise<void>;
  readonly reopen: () => void;
}

/**
 * What a person sends to the study. Input that makes no sense is refused before it enters the history; what depends on the
 * ledger is refused by the one activity that each message is. The ledger alone keeps the state. No amendment is taken
 * while the study is analysed: its results would differ from the ledger.
 */
export function handleMessages({ study, plan, outline }: StudyInput): Amendments {
  const activities = operatorActivities(outline.queues.control);
  let closed = false;
  const check = (name: MessageName, input: unknown): void => {
    if (closed && messageOf(name).amends)
      throw new UserError(`Study ${study} is writing its results.`, 'Try again when `./etude status` says finished.');
    checkMessage(name, input, outline.models);
  };
  for (const name of MESSAGE_NAMES) {
    const { description, fields } = messageOf(name);
    const carryOut = activities[MESSAGES[name].activity] as (input: object) => Promise<unknown>;
    // Study and plan come last: no input can take their place.
    const tell = (input?: object) => carryOut({ ...(fields.length > 0 && input), study, plan });
    setHandler(defineUpdate<unknown, [input?: object]>(name), (input) => answer(tell(input)), {
      description,
      validator: refuseUnless((input) => check(name, input)),
    });
  }
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

/** Passes on a refusal by the activity: for a failed activity the Web UI would show no reason. */
async function answer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    const refused = cause instanceof ApplicationFailure && cause.type === FAILURES.refused;
    throw refused ? refuse(readRefusal(cause.message)) : error;
  }
}

/** Without its stack: a person's mistake has no place in the code, and a stack would name this machine's folders. */
function refuse(mistake: UserError): ApplicationFailure {
  const refusal = ApplicationFailure.create(refusalOf(mistake));
  refusal.stack = '';
  return refusal;
}

/** A validator: it throws what `check` finds wrong, before the message enters the history. */
const refuseUnless =
  (check: (input: unknown) => void) =>
  (input?: unknown): void => {
    try {
      check(input);
    } catch (error) {
      throw error instanceof UserError ? refuse(error) : error;
    }
  };
