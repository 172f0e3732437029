/**
 * How many requests may be in flight at once: what the provider takes, found out by asking (additive increase,
 * multiplicative decrease, as TCP does). Pure: its callers bring the time.
 */
export interface Limit {
  /** From 1 to `ceiling`; fractions gather until they make one more. 0 while the ceiling is 0: nothing may go. */
  readonly value: number;
  readonly ceiling: number;
  /** Below it the limit grows by one with every success, above by one with every `value` successes; infinite until found out. */
  readonly threshold: number;
  /** When it was last halved: what was sent before tells nothing new. */
  readonly halved: number;
}

const FIRST = 4;

export const startLimit = (ceiling: number): Limit => ({
  value: Math.min(FIRST, ceiling),
  ceiling,
  threshold: Number.POSITIVE_INFINITY,
  halved: Number.NEGATIVE_INFINITY,
});

/** After a success, while `inFlight` were. A limit that is hardly used is not known to hold, and stays. */
export function grow(limit: Limit, inFlight: number): Limit {
  if (inFlight * 2 < limit.value) return limit;
  const step = limit.value < limit.threshold ? 1 : 1 / Math.max(1, limit.value);
  return { ...limit, value: Math.min(limit.ceiling, limit.value + step) };
}

/** After a rate limit or overload of a request sent at `sent`: at most once a round trip. */
export function shrink(limit: Limit, sent: number, now: number): Limit {
  if (sent <= limit.halved || limit.value === 0) return limit;
  const value = Math.max(1, limit.value / 2);
  return { ...limit, value, threshold: value, halved: now };
}

/** A new ceiling; 0 stops everything. The threshold that was found out is kept for when it goes on. */
export function setCeiling(limit: Limit, ceiling: number): Limit {
  if (ceiling === limit.ceiling) return limit;
  const value = limit.value === 0 ? Math.min(FIRST, ceiling) : Math.min(limit.value, ceiling);
  return { ...limit, ceiling, value };
}
