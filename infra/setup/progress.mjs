import { UserError } from './user-error.mjs';

/** One line when a step begins (its name, what it does, how long it may take) and one when it ends (how long it took). */
export function createSteps(report) {
  const step = async (name, what, work) => {
    const started = Date.now();
    report(`set-up: ${name}: ${what}`);
    const result = await work();
    report(`set-up: ${name}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return result;
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
