/** Time as a parameter of what waits, so that a test decides how fast it passes. */
import type { TimerOptions } from 'node:timers';
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** As `setTimeout` of `node:timers/promises`. */
  sleep(milliseconds: number, options?: TimerOptions): Promise<void>;
}

export const MACHINE_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, options) => wait(milliseconds, undefined, options),
};
