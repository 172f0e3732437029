/** What a model request needs from whoever runs it: an activity, or a command that pays outside of a workflow. */
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';

export interface CallRuntime {
  /** Aborted when nobody waits for the reply any more. */
  readonly signal: AbortSignal;
  /** Counts from 1: waits grow with it. */
  readonly attempt: number;
  readonly log: CallLog;
  /** How many milliseconds it may wait for its turn; without it, as long as it takes. */
  readonly patience?: number;
}

export interface CallLog {
  readonly warn: (message: string, attributes: Readonly<Record<string, unknown>>) => void;
}

/** The runtime of the activity that is being executed; throws outside of one. */
export const activityRuntime = (): CallRuntime => ({
  signal: cancellationSignal(),
  attempt: activityInfo().attempt,
  log,
});
