/** What an exit status says about a job, on any backend. */
import type { JobState } from './backend.ts';

/** The trainer's exit code when its owner has gone (EX_TEMPFAIL). */
const OWNER_GONE = 75;

export function readVerdict(code: number, log: string): JobState {
  if (code === 0) return { state: 'succeeded' };
  if (code === OWNER_GONE) return { state: 'cancelled' };
  if (code > 128) return { state: 'lost', reason: `The process was ended by signal ${code - 128}.` };
  return { state: 'failed', exitCode: code, reason: log };
}
