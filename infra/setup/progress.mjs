import { UserError } from './user-error.mjs';

const STILL_MS = 60_000;

/**
 * Reports one line when a step begins (its name, what it does, how long it may take), one when it ends (how long it
 * took), and one each minute in between, so that nobody on a slow machine or network takes a long step for a hang.
 */
export function createSteps(report, { stillMs = STILL_MS } = {}) {
  const step = async (name, what, work) => {
    const started = performance.now();
    const seconds = (digits) => ((performance.now() - started) / 1000).toFixed(digits);
    report(`set-up: ${name}: ${what}`);
    const still = setInterval(() => report(`set-up: ${name}: still running after ${seconds(0)} s`), stillMs);
    try {
      const result = await work();
      report(`set-up: ${name}: done in ${seconds(1)} s`);
      return result;
    } finally {
      clearInterval(still);
    }
  };
  /** For a step that has an alternative: returns the reason of a failure, for the caller to report; else undefined. */
  step.attempt = async (name, what, work) => {
    try {
      await step(name, what, work);
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
  };
  step.note = (text) => report(`set-up: ${text}`);
  step.wait = (name) => report(`set-up: ${name}: another process is installing it; waiting for that process`);
  return step;
}
