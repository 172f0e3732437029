/** How often to look for something that may take moments or days. In milliseconds. */
export interface PollDelay {
  readonly shortest: number;
  readonly longest: number;
  /** Of what was waited so far: what took minutes is not looked at every second. */
  readonly share: number;
}

/** The wait before the next look. */
export const nextPollDelay = (waited: number, { shortest, longest, share }: PollDelay): number =>
  Math.min(longest, Math.max(shortest, waited * share));
