/** Starts `etude start` as a child process, which may be killed and started again, and never outlives this process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FINISHED_WITH_GAPS } from '../client/terminal/exit-codes.ts';
import { startGuarded } from '../infra/processes/start-guarded.ts';
import { ROOT } from '../infra/setup/settings.mjs';

export interface OwnerInput {
  readonly study: string;
  readonly home: string;
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Owner {
  /** Its exit code; null as long as it runs. */
  ended(): number | null;
  readonly exited: Promise<number>;
  stop(): Promise<unknown>;
}

/** The exit code of a process that was killed with -9, as shells report it: 137. */
export const KILLED = 128 + 9;

export function startOwner({ study, home, logFile, env }: OwnerInput): Owner {
  const { exited, stop } = startGuarded({
    command: process.execPath,
    args: ['--import', 'tsx', join(ROOT, 'client/main.ts'), 'start', study, '--home', home],
    logFile,
    cwd: ROOT,
    env: { ...process.env, ...env },
    graceSeconds: 20,
  });
  let code: number | null = null;
  const ended = exited.then((exit) => (code = exit.code ?? KILLED));
  return { ended: () => code, exited: ended, stop };
}

/** The last four lines of a log. */
export const readEnd = (logFile: string): string =>
  readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-4).join('\n');

/** The study is finished: all of it, or all but the arm that fails by plan, which is told by an exit code of its own. */
export const isFinished = (code: number | null): boolean => code === 0 || code === FINISHED_WITH_GAPS;
