import { heartbeat } from '@temporalio/activity';

const EVERY_MS = 5_000;

/**
 * Sends heartbeats while `work` lasts. When a worker is killed, Temporal then gives its work to another one after the
 * heartbeat timeout, not only after the much longer deadline. Work that ends within `everyMs` sends none.
 */
export async function heartbeatWhile<T>(work: () => Promise<T>, everyMs = EVERY_MS): Promise<T> {
  const timer = setInterval(() => heartbeat(), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
