/** A bucket of what may be sent in a minute: it fills evenly, and holds little, so that no minute gets more than its share. */
export interface Bucket {
  /** Below 0 after a request that is larger than the bucket. */
  readonly level: number;
  /** When it was as full as that, in milliseconds. */
  readonly at: number;
}

/** The part of a minute's worth that a bucket holds: what can go at once after a pause. */
const BURST = 0.02;
const MINUTE_MS = 60_000;

/** At least one request. */
export const capacityOf = (perMinute: number): number => Math.max(1, Math.floor(perMinute * BURST));

/** What flows in during a minute: with what a full bucket holds, no more than a minute's worth. */
const inflowOf = (perMinute: number): number =>
  capacityOf(perMinute) === 1 ? perMinute : perMinute - capacityOf(perMinute);

/** A time in the future was written before the machine was restarted: the bucket has filled since. */
export function fill(bucket: Bucket | undefined, perMinute: number, now: number): number {
  const capacity = capacityOf(perMinute);
  if (!bucket || bucket.at > now + MINUTE_MS) return capacity;
  const since = Math.max(0, now - bucket.at);
  return Math.min(capacity, bucket.level + (since * inflowOf(perMinute)) / MINUTE_MS);
}

/** Milliseconds until `wanted` may be taken, 0 for now. What is larger than the bucket waits for a full one. */
export function waitFor(level: number, wanted: number, perMinute: number): number {
  const lacking = Math.min(wanted, capacityOf(perMinute)) - level;
  return lacking <= 0 ? 0 : Math.max(1, Math.ceil((lacking * MINUTE_MS) / inflowOf(perMinute)));
}
