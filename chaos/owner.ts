/** `etude start` as a child process that may be killed and started again; it never outlives this one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGuarded } from '../infra/processes/start-guarded.ts';
import { ROOT } from '../infra/setup/settings.mjs';

export interface OwnerInput {
  readonly study: string;
  readonly home: string;
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Owner {
  /** Its exit status; null as long as it runs. */
  ended(): number | null;
  readonly exited: Promise<number>;
  stop(): Promise<unknown>;
}

/** As a shell has it, 137. */
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

export const lastWords = (logFile: string): string =>
  readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-4).join('\n');
