/** Follows a job from an activity: sends heartbeats while it runs, and stops it when the study is cancelled. */
import { setTimeout as wait } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { JobBackend, JobRef, JobState } from '../../infra/jobs/backend.ts';
import { readStopReason } from '../shared/stop-reason.ts';

/**
 * Polls until `check` returns a result. A cancelled activity cancels its job; any other end of this attempt leaves the
 * job running, and the next attempt attaches to it.
 */
export async function followJob<T>(
  backend: JobBackend,
  ref: JobRef,
  check: (state: JobState) => Promise<{ done: T } | { details: unknown }>,
): Promise<T> {
  const signal = cancellationSignal();
  try {
    for (;;) {
      const seen = await check(await backend.poll(ref));
      if ('done' in seen) return seen.done;
      heartbeat(seen.details);
      await wait(backend.pollMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const { reason, cancelled } = await readStopReason();
    if (cancelled) await backend.cancel(ref);
    throw reason;
  }
}
