import { constants } from 'node:os';
import { UserError } from '../../contracts/failures.ts';

/** Set in the environment of a command that nobody watches. */
export const DETACHED = 'ETUDE_DETACHED';

export const isDetached = (): boolean => process.env[DETACHED] !== undefined;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A person stopped the command by a signal. The command first stops what it started, then ends with this error. */
export class Interrupted extends UserError {
  /** 128 + the signal's number, the convention of shells: 130 for Ctrl-C. */
  readonly exitCode: number;
  constructor(signal: (typeof SIGNALS)[number], remedy: string) {
    super(`Stopped by ${signal}.`, remedy);
    this.exitCode = 128 + constants.signals[signal];
  }
}

export interface Interrupt {
  /** Aborted with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  /** Rejects with that reason. */
  readonly happened: Promise<never>;
}

/** Listens for Ctrl-C, SIGTERM and a closed terminal; a second signal ends the process at once. */
export function onInterrupt(remedy: string, doing = 'stopping'): Interrupt {
  const controller = new AbortController();
  const { signal } = controller;
  const happened = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Interrupted));
  });
  happened.catch(() => undefined);
  // A detached command has no terminal that could be closed: it continues.
  const detached = isDetached();
  if (detached) process.on('SIGHUP', () => undefined);
  for (const name of SIGNALS.filter((signal) => !detached || signal !== 'SIGHUP'))
    process.once(name, () => {
      process.stderr.write(`\n${name}: ${doing}. A second signal ends the command at once.\n`);
      controller.abort(new Interrupted(name, remedy));
    });
  return { signal, happened };
}
