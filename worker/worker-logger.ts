import { DefaultLogger } from '@temporalio/worker';

/** Of the SDK's core, about an activity that the server no longer waits for. */
const NO_LONGER_WANTED = /^Activity not found on completion\b/;

/**
 * The log of a worker, also of what the SDK's core says. Whatever a study's end leaves waiting is told so as its worker
 * stops, a moment after its workflow: that nobody wants it any more is no warning.
 */
export class WorkerLogger extends DefaultLogger {
  override log(...[level, message, meta]: Parameters<DefaultLogger['log']>): void {
    super.log(level === 'WARN' && NO_LONGER_WANTED.test(message) ? 'DEBUG' : level, message, meta);
  }
}
