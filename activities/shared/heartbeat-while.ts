import { Context, heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/** What each activity that runs has said last of its progress. */
const progress = new WeakMap<Context, unknown>();

/** Says how far the activity is that is being executed: its next heartbeat carries it, and the Web UI shows it. */
export function noteProgress(details: unknown): void {
  progress.set(Context.current(), details);
}

/**
 * Sends heartbeats while `work` lasts, with what it has said last of its progress. When a worker is killed, Temporal then
 * gives its work to another one after the heartbeat timeout, not only after the much longer deadline. Work that ends within
 * `everyMs` sends none.
 */
export async function heartbeatWhile<T>(work: () => Promise<T>, everyMs = EVERY_MS): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => heartbeat(progress.get(context)), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
