/**
 * How many requests to a provider may be in flight at once. The limit grows with successes and halves on overload
 * (additive increase, multiplicative decrease, as in TCP). Pure functions: callers pass the time in milliseconds.
 */
export interface Limit {
  /** From 1 to `ceiling`, with fractions that add up to one more request; 0 while the ceiling is 0. */
  readonly value: number;
  /** What the study file or a person allows at most; 0 while nothing may be sent. */
  readonly ceiling: number;
  /** Below it each success adds one to the limit, above it only 1 / `value`; infinite until the first overload. */
  readonly threshold: number;
  /** When the limit was last halved: faults of requests sent before that were seen under the old limit. */
  readonly halved: number;
}

/** Half of what the operator allows: a provider that takes less says so, and the limit halves within a round trip. */
const first = (ceiling: number): number => (ceiling === 0 ? 0 : Math.max(1, ceiling / 2));

export const startLimit = (ceiling: number): Limit => ({
  value: first(ceiling),
  ceiling,
  threshold: Number.POSITIVE_INFINITY,
  halved: Number.NEGATIVE_INFINITY,
});

/** The limit after a success with `inFlight` requests. It does not grow while less than half of it is in use. */
export function grow(limit: Limit, inFlight: number): Limit {
  if (inFlight * 2 < limit.value) return limit;
  const step = limit.value < limit.threshold ? 1 : 1 / Math.max(1, limit.value);
  return { ...limit, value: Math.min(limit.ceiling, limit.value + step) };
}

/** The limit after a rate limit or overload of a request sent at `sent`: halved at most once per round trip. */
export function shrink(limit: Limit, sent: number, now: number): Limit {
  if (sent <= limit.halved || limit.value === 0) return limit;
  const value = Math.max(1, limit.value / 2);
  return { ...limit, value, threshold: value, halved: now };
}

/** The limit under a new ceiling; 0 stops everything. Keeps the threshold, for when requests may be sent again. */
export function setCeiling(limit: Limit, ceiling: number): Limit {
  if (ceiling === limit.ceiling) return limit;
  const value = limit.value === 0 ? Math.min(first(ceiling), limit.threshold, ceiling) : Math.min(limit.value, ceiling);
  return { ...limit, ceiling, value };
}
