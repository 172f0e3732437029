/** Finds out why Temporal asked an activity to stop, which decides whether its job or batch must be stopped too. */
import { CancelledFailure, Context } from '@temporalio/activity';

/**
 * `cancelled` is true only if the activity itself was cancelled: then its job or batch must end. All other reasons end
 * just this attempt, and the next attempt continues the same work: a worker that shuts down, a missed heartbeat
 * (TIMED_OUT, or NOT_FOUND once the next attempt is due), a pause, a reset. A terminated workflow looks like a missed
 * heartbeat; its jobs end with the home's owner, its batches stay in the ledger.
 */
export async function readStopReason(): Promise<{ readonly reason: unknown; readonly cancelled: boolean }> {
  const reason = await Context.current().cancelled.catch((cause: unknown) => cause);
  return { reason, cancelled: reason instanceof CancelledFailure && reason.message === 'CANCELLED' };
}
