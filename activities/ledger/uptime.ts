/**
 * The clock of claims, leases and token buckets: milliseconds since this machine was started. All processes of a machine
 * read the same value, and nobody can set it; the time of day, in contrast, may be set back by hours.
 */
import { sql, type RawBuilder } from 'kysely';

export const uptime = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Longer than any claim or lease: one that seems to end even later was written before the machine was restarted. */
const LONGEST_MS = 15 * 60_000;

/** Whether a claim or lease is still valid; `expires` names its column as the statement does. */
export const isHeld = (expires: string): RawBuilder<boolean> => {
  const now = uptime();
  return sql<boolean>`${sql.ref(expires)} between ${now} and ${now + LONGEST_MS}`;
};

/** Milliseconds since `then`, or at least: if the machine was restarted meanwhile, only the time since that is known. */
export function elapsedSince(then: number, now = uptime()): number {
  return then > now ? now : now - then;
}

/** Milliseconds until `then`, or 0; a time further ahead than any wait was written before the machine was restarted. */
export function timeUntil(then: number, now = uptime()): number {
  const wait = then - now;
  return wait > LONGEST_MS ? 0 : Math.max(0, wait);
}
