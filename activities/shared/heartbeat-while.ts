import { heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/**
 * Heartbeats while `work` lasts, so that a killed worker's work is taken up within the heartbeat timeout and not after
 * its deadline. What takes a moment only costs nothing.
 */
export async function heartbeatWhile<T>(work: () => Promise<T>, everyMs = EVERY_MS): Promise<T> {
  const timer = setInterval(() => heartbeat(), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
