/**
 * The clock of claims, leases and token buckets: milliseconds since this machine was started. Its processes all read the
 * same, and nobody sets it, as the time of day is set, back by hours at times.
 */
import { sql, type RawBuilder } from 'kysely';

export const uptime = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Longer than any claim or lease: what seems to end later was written before the machine was started anew. */
const LONGEST_MS = 15 * 60_000;

/** Whether what lasts until `expires`, named as in the statement, still does. */
export const isHeld = (expires: string): RawBuilder<boolean> => {
  const now = uptime();
  return sql<boolean>`${sql.ref(expires)} between ${now} and ${now + LONGEST_MS}`;
};

/** Milliseconds since then: at least, as of what was before the machine was started anew only the start is known. */
export function elapsedSince(then: number, now = uptime()): number {
  return then > now ? now : now - then;
}
