/** What runs trainings and student servers: this machine, or later a cluster. Every method is safe to repeat. */

export interface JobRequest {
  /** Idempotency key: submitting it again attaches to the running job, or returns the one that succeeded. */
  key: string;
  /** Absolute path; the job runs there and writes its log there. */
  directory: string;
  command: readonly [program: string, ...args: string[]];
  /** Added to the few variables that a job inherits; the worker's own secrets are not among those. */
  environment?: Readonly<Record<string, string>>;
}

/** Names a job. Small and free of paths, so that it may be kept in a workflow's history. */
export interface JobRef {
  backend: string;
  key: string;
}

export type JobState =
  | { state: 'queued' }
  | { state: 'running'; pid?: number }
  | { state: 'succeeded' }
  | { state: 'failed'; exitCode: number; reason: string }
  /** Stopped on purpose, or because the home's owner had ended. Submit it again: it continues from its checkpoint. */
  | { state: 'cancelled' }
  /** Ended without an exit status (killed, machine lost). Submit it again, but not for ever: it may be what fails. */
  | { state: 'lost'; reason: string };

export interface JobBackend {
  /** The value of `JobRef.backend` in references to its jobs. */
  readonly name: string;
  submit(request: JobRequest): Promise<JobRef>;
  poll(ref: JobRef): Promise<JobState>;
  /** Returns when no process of the job is left. */
  cancel(ref: JobRef): Promise<void>;
  /** The last `tail` lines. */
  logs(ref: JobRef, options: { tail: number }): Promise<string>;
}
