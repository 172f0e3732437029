/** What runs trainings and servers: processes on this machine, or later a cluster. Every method may be called again. */

export interface JobRequest {
  /** Idempotency key: a retry with the same key attaches to the job that runs, or returns the one that succeeded. */
  key: string;
  /** Absolute; the job runs in it and its log lies in it. */
  directory: string;
  command: readonly [program: string, ...args: string[]];
  /** Added to the few variables that a job gets; the worker's own secrets are not among them. */
  environment?: Readonly<Record<string, string>>;
}

/** Small and free of paths: fit for a workflow's history. */
export interface JobRef {
  backend: string;
  key: string;
}

export type JobState =
  | { state: 'queued' }
  | { state: 'running'; pid?: number }
  | { state: 'succeeded' }
  | { state: 'failed'; exitCode: number; reason: string }
  /** Stopped on purpose, or because its owner had gone: submit again, it goes on where it was. */
  | { state: 'cancelled' }
  /** Ended without a verdict of its own (killed, node lost): as above, and a sign that it may not work. */
  | { state: 'lost'; reason: string };

export interface JobBackend {
  /** As its references say it. */
  readonly name: string;
  submit(request: JobRequest): Promise<JobRef>;
  poll(ref: JobRef): Promise<JobState>;
  /** Returns when nothing of the job runs any more. */
  cancel(ref: JobRef): Promise<void>;
  /** The last `tail` lines. */
  logs(ref: JobRef, options: { tail: number }): Promise<string>;
}
