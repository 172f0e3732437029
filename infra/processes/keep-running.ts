import { UserError } from '../../contracts/failures.ts';
import { MACHINE_CLOCK, type Clock } from './clock.ts';
import type { GuardedExit } from './spawn-guarded.mjs';

/** A running process of a home: a server, the lab or a worker. */
export interface Part {
  /** Resolves when the process has ended, whether it was stopped or died. */
  readonly exited: Promise<unknown>;
  stop(): Promise<unknown>;
}

export interface KeepRunningInput<Started extends Part> {
  /** The subject of messages about this part, for example `The worker`. */
  readonly name: string;
  readonly logFile: string;
  /** Must throw `KilledError` when the part was killed while it started; any other error is final. */
  readonly start: () => Promise<Started>;
  /** Gets one line each time that the part ended unexpectedly. */
  readonly report: (line: string) => void;
  /** What the pauses before another start and the minute of the deaths are measured by; the machine's unless given. */
  readonly clock?: Clock;
}

export interface KeptRunning<Started extends Part> {
  readonly first: Started;
  /** Rejects when the part keeps ending, or cannot be started again. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

/** A part was killed from outside while it started. Trying again makes sense, since the part itself may be fine. */
export class KilledError extends UserError {
  constructor(name: string, logFile: string) {
    super(
      `${name} was killed while it started; see the end of ${logFile}.`,
      'Find out what kills it (too little memory?), then run the same command again: the study continues where it stopped.',
    );
  }
}

/** Whether a signal ended the process: the guard, a shell, reports signal n as exit code 128 + n. */
export const wasKilled = ({ code }: GuardedExit): boolean => code === null || code > 128;

const DEATHS = 5;
const WITHIN_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Starts a part, and restarts it whenever it ends; gives up when it ended, or failed to start, five times within a
 * minute. An error of the first start is thrown at once, unless the part was killed from outside.
 */
export async function keepRunning<Started extends Part>(
  input: KeepRunningInput<Started>,
): Promise<KeptRunning<Started>> {
  const { clock = MACHINE_CLOCK } = input;
  const first = await startFirst(input, clock);
  const stopping = new AbortController();
  const stopped = new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
  let current = first;
  const watch = async (): Promise<void> => {
    let deaths: number[] = [];
    let fault: unknown;
    let running = true;
    for (;;) {
      if (running) await Promise.race([current.exited, stopped]);
      if (stopping.signal.aborted) return;
      const now = clock.now();
      deaths = [...deaths.filter((at) => now - at < WITHIN_MS), now];
      if (deaths.length >= DEATHS) throw fault ?? explain(input);
      if (running) input.report(`${input.name} ended unexpectedly; restarting it (log: ${input.logFile}).`);
      // The pause grows, because a port or a lock of the dead process may take a while to be released.
      await Promise.race([clock.sleep(PAUSE_MS * deaths.length), stopped]);
      if (stopping.signal.aborted) return;
      // A part that fails to start counts as a death too, and is tried again.
      running = await input.start().then(
        (part) => {
          [current, fault] = [part, undefined];
          return true;
        },
        (error: unknown) => {
          fault = error;
          return false;
        },
      );
    }
  };
  const watching = watch();
  const broken = watching.then(() => new Promise<never>(() => undefined));
  broken.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await watching.catch(() => undefined);
    await current.stop();
  };
  return { first, broken, stop };
}

async function startFirst<Started extends Part>(input: KeepRunningInput<Started>, clock: Clock): Promise<Started> {
  for (let tries = 1; ; tries += 1)
    try {
      return await input.start();
    } catch (error) {
      if (!(error instanceof KilledError) || tries === DEATHS) throw error;
      input.report(`${input.name} was killed while it started; restarting it (log: ${input.logFile}).`);
      await clock.sleep(PAUSE_MS * tries);
    }
}

const explain = ({ name, logFile }: Pick<KeepRunningInput<Part>, 'name' | 'logFile'>): UserError =>
  new UserError(
    `${name} ended ${DEATHS} times within a minute; see the end of ${logFile}.`,
    'Correct what the log names, then run the same command again: the study continues where it stopped.',
  );
