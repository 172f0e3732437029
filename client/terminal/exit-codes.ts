/** Exit statuses beside 0 (well) and 1 (an error): of `start`, and of `status --exit-code`. */

/** Finished, and something of what was planned is missing. */
export const FINISHED_WITH_GAPS = 3;
export const WAITS_FOR_A_PERSON = 4;
export const RUNS = 5;
/** Stopped, paused or cancelled. */
export const DOES_NOT_RUN = 6;
