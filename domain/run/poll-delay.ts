/** How long to wait between two polls for something that may take moments or days. In milliseconds. */
export interface PollDelay {
  readonly shortest: number;
  readonly longest: number;
  /** The next delay as a share of the time waited so far: what has taken minutes is not polled every second. */
  readonly share: number;
}

/** The delay before the next poll, after `waited` milliseconds in all. */
export const nextPollDelay = (waited: number, { shortest, longest, share }: PollDelay): number =>
  Math.min(longest, Math.max(shortest, waited * share));
