/** What runs trainings and student servers: this machine or a cluster. Every method is safe to repeat. */

/** What a command line must know about where its job will run. */
export interface JobPlace {
  /** The Python that has what the trainer needs. */
  readonly python: string;
  /** The folder with the package `etude_trainer`. */
  readonly trainer: string;
  /** Arguments by which a job of the trainer notices that the home's owner has gone, and ends. */
  readonly lease: readonly string[];
  /** The address that servers listen on. */
  readonly listen: string;
}

export interface Endpoint {
  host: string;
  port: number;
}

export interface JobRequest {
  /** Idempotency key: submitting it again attaches to the running job, or returns the one that succeeded. */
  key: string;
  /** Absolute path below the folder of all jobs; the job runs there and writes its log there. */
  directory: string;
  command: readonly [program: string, ...args: string[]];
  /** Added to the few variables that a job inherits; the worker's own secrets are not among those. */
  environment?: Readonly<Record<string, string>>;
  /** For a server: the file in `directory` to which it writes its port once it answers; `poll` then tells its endpoint. */
  portFile?: string;
}

/** Names a job. Small and free of paths, so that it may be kept in a workflow's history. */
export interface JobRef {
  backend: string;
  key: string;
}

export type JobState =
  /** `reason`: why it does not run yet, and since when, as the cluster says. */
  | { state: 'queued'; reason?: string }
  | { state: 'running'; endpoint?: Endpoint }
  | { state: 'succeeded' }
  | { state: 'failed'; exitCode: number; reason: string }
  /** Stopped on purpose, or because the home's owner had ended. Submit it again: it continues from its checkpoint. */
  | { state: 'cancelled' }
  /** Ended without an exit status (killed, machine lost). Submit it again, but not for ever: it may be what fails. */
  | { state: 'lost'; reason: string };

export interface JobBackend {
  /** The value of `JobRef.backend` in references to its jobs. */
  readonly name: string;
  readonly place: JobPlace;
  /** How long to wait between two polls of a job. */
  readonly pollMs: number;
  submit(request: JobRequest): Promise<JobRef>;
  poll(ref: JobRef): Promise<JobState>;
  /** Returns when no process of the job is left. */
  cancel(ref: JobRef): Promise<void>;
  /** The last `tail` lines. */
  logs(ref: JobRef, options: { tail: number }): Promise<string>;
  /** Ends the jobs whose owner has ended (`all`: every job, as the owner itself is ending), and returns their keys. */
  reap(options?: { all?: boolean }): Promise<string[]>;
  /** Shows jobs that a worker lives, until the signal; absent where jobs see the owner themselves. */
  renewLease?(signal: AbortSignal): Promise<void>;
}
