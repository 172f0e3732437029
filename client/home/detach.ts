/** Runs `etude start` without a terminal: the study continues when the terminal is closed, and writes a log. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { FINISHED_WITH_GAPS } from '../terminal/exit-codes.ts';
import { DETACHED } from './interrupt.ts';
import { findOwner } from './owner.ts';
import { serverFile } from './worker-process.ts';

/** What a detached command says; each start appends to it. */
export const detachedLog = (home: Home): string => join(home.logs, 'start.log');

const POLL_MS = 200;
/** So much of the log is shown when the command failed at once. */
const TAIL_LINES = 12;

export interface Detached {
  readonly pid: number;
  readonly log: string;
}

/**
 * Starts the command line again with these arguments, in a session of its own. Resolves when it owns the home and its
 * services run, or when it has ended well (a study that was finished already). Throws `UserError` with its last lines
 * when it failed.
 */
export async function startDetached(home: Home, args: readonly string[]): Promise<Detached> {
  const log = detachedLog(home);
  const from = await sizeOf(log);
  const output = openSync(log, 'a');
  const [, main = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, [DETACHED]: '1' },
  });
  closeSync(output);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  const { pid } = child;
  if (pid === undefined) await ended;
  const over = new AbortController();
  const code = await Promise.race([ended, untilStarted(home, pid ?? 0, over.signal)]).finally(() => over.abort());
  child.unref();
  if (code === 'started' || code === 0 || code === FINISHED_WITH_GAPS) return { pid: pid ?? 0, log };
  const lines = (await readFile(log)).subarray(from).toString('utf8').trim().split('\n').slice(-TAIL_LINES);
  throw new UserError(
    `The study did not start (exit status ${code ?? 'unknown'}); the end of ${log} says:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    'Correct that and run the same command again.',
  );
}

/** Polls until the process has started, or until `over`: a timer that is left would keep this command from ending. */
async function untilStarted(home: Home, pid: number, over: AbortSignal): Promise<'started' | undefined> {
  while (!over.aborted) {
    const owner = await findOwner(home);
    if (owner?.pid === pid && (await sizeOf(serverFile(home))) > 0) return 'started';
    await wait(POLL_MS);
  }
  return undefined;
}

const sizeOf = async (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );
