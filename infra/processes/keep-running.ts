import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';
import type { GuardedExit } from './spawn-guarded.mjs';

/** Something that runs until it is stopped. */
export interface Part {
  /** Resolves when it has ended, stopped or not. */
  readonly exited: Promise<unknown>;
  stop(): Promise<unknown>;
}

export interface KeepRunningInput<Started extends Part> {
  /** As it stands in a sentence: `The worker`. */
  readonly name: string;
  readonly logFile: string;
  /** Throws `KilledError` for what was killed before it had started. */
  readonly start: () => Promise<Started>;
  /** Gets one line for each time that the part ended. */
  readonly report: (line: string) => void;
}

export interface KeptRunning<Started extends Part> {
  readonly first: Started;
  /** Rejects when the part keeps ending, or cannot be started again. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

/** A part was killed while it started: that says nothing of whether it can. */
export class KilledError extends UserError {
  constructor(name: string, logFile: string) {
    super(
      `${name} was killed while it started; its last words are in ${logFile}.`,
      'See what kills it (too little memory?) and run the same command again: the study goes on where it stopped.',
    );
  }
}

/** Ended by a signal from outside; a shell tells of that by a number above 128. */
export const wasKilled = ({ code }: GuardedExit): boolean => code === null || code > 128;

const DEATHS = 5;
const WITHIN_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Starts a part, and starts it again whenever it ends; gives up when it ends, or does not start, five times within a
 * minute. What goes wrong with the first start is told at once, unless the part was only killed.
 */
export async function keepRunning<Started extends Part>(
  input: KeepRunningInput<Started>,
): Promise<KeptRunning<Started>> {
  const first = await startFirst(input);
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
      const now = performance.now();
      deaths = [...deaths.filter((at) => now - at < WITHIN_MS), now];
      if (deaths.length >= DEATHS) throw fault ?? explain(input);
      if (running) input.report(`${input.name} ended unexpectedly and is started again (log: ${input.logFile}).`);
      // Longer each time: a port or a lock of the dead one may still be held.
      await Promise.race([sleep(PAUSE_MS * deaths.length), stopped]);
      if (stopping.signal.aborted) return;
      // One that dies while it starts is started again like any other.
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

async function startFirst<Started extends Part>(input: KeepRunningInput<Started>): Promise<Started> {
  for (let tries = 1; ; tries += 1)
    try {
      return await input.start();
    } catch (error) {
      if (!(error instanceof KilledError) || tries === DEATHS) throw error;
      input.report(`${input.name} was killed while it started, and is started again (log: ${input.logFile}).`);
      await sleep(PAUSE_MS * tries);
    }
}

const explain = ({ name, logFile }: Pick<KeepRunningInput<Part>, 'name' | 'logFile'>): UserError =>
  new UserError(
    `${name} ended ${DEATHS} times within a minute; its last words are in ${logFile}.`,
    'Mend what they name and run the same command again: the study goes on where it stopped.',
  );
