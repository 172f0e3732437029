import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';

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

const DEATHS = 5;
const WITHIN_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Starts a part, and starts it again whenever it ends; gives up when it ends, or does not start, five times within a
 * minute. The first start may not fail.
 */
export async function keepRunning<Started extends Part>(
  input: KeepRunningInput<Started>,
): Promise<KeptRunning<Started>> {
  const first = await input.start();
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
      deaths = [...deaths.filter((at) => Date.now() - at < WITHIN_MS), Date.now()];
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

const explain = ({ name, logFile }: Pick<KeepRunningInput<Part>, 'name' | 'logFile'>): UserError =>
  new UserError(
    `${name} ended ${DEATHS} times within a minute; its last words are in ${logFile}.`,
    'Mend what they name and run the same command again: the study goes on where it stopped.',
  );
