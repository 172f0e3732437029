/** Why a running activity was told to stop, and whether what it began elsewhere must stop too. */
import { CancelledFailure, Context } from '@temporalio/activity';

/**
 * `cancelled` is true only where somebody cancelled it. A worker that shuts down, a missed heartbeat (TIMED_OUT, or
 * NOT_FOUND once the next attempt is due), a pause or a reset end this attempt alone: the next one follows the same work.
 * A terminated workflow looks like a missed heartbeat: its jobs end with their owner, its batches stay in the ledger.
 */
export async function readStopReason(): Promise<{ readonly reason: unknown; readonly cancelled: boolean }> {
  const reason = await Context.current().cancelled.catch((cause: unknown) => cause);
  return { reason, cancelled: reason instanceof CancelledFailure && reason.message === 'CANCELLED' };
}
