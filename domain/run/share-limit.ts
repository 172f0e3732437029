/** How the workers of a home share what may be in flight at a model. */
export interface Seat {
  /** Among the workers that are alive, from 0. */
  readonly place: number;
  readonly of: number;
  /** It has just come: the others may still send what will be its part. */
  readonly joining: boolean;
}

/**
 * The part of `all` requests in flight that is a worker's. The parts add up to `all`; only where there are more workers than
 * requests, each has one, so that none is left with texts that it can never finish.
 */
export function shareOf(all: number, { place, of, joining }: Seat): number {
  if (joining || all === 0) return 0;
  return Math.max(1, Math.floor(all / of) + (place < all % of ? 1 : 0));
}
