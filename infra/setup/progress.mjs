import { UserError } from './user-error.mjs';

const STILL_MS = 60_000;

/**
 * One line when a step begins (its name, what it does, how long it may take), one when it ends (how long it took), and
 * one each minute between: on a slow machine or network nobody shall wonder whether it hangs.
 */
export function createSteps(report, { stillMs = STILL_MS } = {}) {
  const step = async (name, what, work) => {
    const started = performance.now();
    const seconds = (digits) => ((performance.now() - started) / 1000).toFixed(digits);
    report(`set-up: ${name}: ${what}`);
    const still = setInterval(() => report(`set-up: ${name}: still at work after ${seconds(0)} s`), stillMs);
    try {
      const result = await work();
      report(`set-up: ${name}: done in ${seconds(1)} s`);
      return result;
    } finally {
      clearInterval(still);
    }
  };
  /** A step with another way when it fails: returns the reason instead of throwing it, and undefined on success. */
  step.attempt = async (name, what, work) => {
    try {
      await step(name, what, work);
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(`set-up: ${name}: not this way: ${error.message}`);
      return error.message;
    }
  };
  step.note = (text) => report(`set-up: ${text}`);
  step.wait = (name) => report(`set-up: ${name}: another process is setting this up; waiting for it`);
  return step;
}
