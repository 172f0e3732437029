import { DefaultLogger } from '@temporalio/worker';

/** The warning of the SDK's core when an activity ends that the server no longer waits for. */
const NO_LONGER_WANTED = /^Activity not found on completion\b/;

/**
 * The log of a worker and of the SDK's core. At the end of a study, activities that still wait are stopped a moment after
 * its workflow has ended; the core warns that nobody wants their results, which is expected, so it is logged as debug.
 */
export class WorkerLogger extends DefaultLogger {
  override log(...[level, message, meta]: Parameters<DefaultLogger['log']>): void {
    super.log(level === 'WARN' && NO_LONGER_WANTED.test(message) ? 'DEBUG' : level, message, meta);
  }
}
