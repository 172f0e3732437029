/**
 * An activity's context in a test, as `MockActivityEnvironment` of the SDK makes it, without that package: it loads what
 * starts workers (the native core, webpack), which takes each test file seconds.
 */
import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import { ActivityCancellationDetails, CancelledFailure, noopMetricMeter, type Logger } from '@temporalio/common';

export type CancelReason = 'CANCELLED' | 'NOT_FOUND' | 'PAUSED' | 'TIMED_OUT' | 'WORKER_SHUTDOWN';

export class ActivityEnvironment {
  readonly #abort = new AbortController();
  readonly #cancellation: { details?: ActivityCancellationDetails } = {};
  readonly #context: Context;
  #beats = 0;

  constructor({ attempt = 1 }: { attempt?: number } = {}) {
    const { signal } = this.#abort;
    const cancelled = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as CancelledFailure)),
    );
    cancelled.catch(() => undefined);
    const beat = () => void (this.#beats += 1);
    this.#context = new Context(
      { ...INFO, attempt },
      cancelled,
      signal,
      beat,
      undefined,
      SILENT,
      noopMetricMeter,
      this.#cancellation,
    );
  }

  /** How often what runs here was heartbeated. */
  get beats(): number {
    return this.#beats;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return asyncLocalStorage.run(this.#context, work);
  }

  readonly cancel = (reason: CancelReason = 'CANCELLED'): void => {
    this.#cancellation.details = new ActivityCancellationDetails({ cancelRequested: true });
    this.#abort.abort(new CancelledFailure(reason));
  };
}

const INFO: Info = {
  attempt: 1,
  taskQueue: 'test',
  isLocal: false,
  taskToken: Buffer.from('test'),
  base64TaskToken: Buffer.from('test').toString('base64'),
  activityId: 'test',
  activityType: 'unknown',
  inWorkflow: true,
  workflowType: 'test',
  workflowExecution: { workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' },
  namespace: 'test',
  activityNamespace: 'test',
  workflowNamespace: 'test',
  heartbeatDetails: undefined,
  scheduledTimestampMs: 1,
  currentAttemptScheduledTimestampMs: 1,
  startToCloseTimeoutMs: 1_000,
  scheduleToCloseTimeoutMs: 1_000,
};

const ignore = (): void => undefined;
const SILENT: Logger = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
