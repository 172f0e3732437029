/** `etude start` as a child process that may be killed and started again. */
import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../infra/setup/settings.mjs';

export interface OwnerInput {
  readonly study: string;
  readonly home: string;
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface Owner {
  readonly pid: number;
  readonly started: number;
  /** Null as long as it runs; a signal counts as -1. */
  ended(): number | null;
  readonly exited: Promise<number>;
}

export function startOwner({ study, home, logFile, env }: OwnerInput): Owner {
  appendFileSync(logFile, '');
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'client/main.ts'), 'start', study, '--home', home],
    { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  let code: number | null = null;
  const exited = new Promise<number>((resolve) => child.once('close', (given) => resolve((code = given ?? -1))));
  if (child.pid === undefined) throw new Error('etude start could not be started');
  return { pid: child.pid, started: Date.now(), ended: () => code, exited };
}

export const lastWords = (logFile: string): string =>
  readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-4).join('\n');
