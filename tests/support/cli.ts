/** The real command line as child processes, and what is left of them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import Database from 'libsql';
import { processesOf, type HomeProcess } from '../../chaos/victims.ts';
import { PROJECT } from './scratch.ts';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cli {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What stands on standard output until now. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Cli {
  const loader = join(PROJECT, 'node_modules/tsx/dist/loader.mjs');
  const child = spawn(process.execPath, ['--import', loader, join(PROJECT, 'client/main.ts'), ...args], {
    cwd: PROJECT,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, stdout, stderr };
  });
  return { child, ended, said: () => stdout, kill: (signal) => void child.kill(signal) };
}

export const runCli = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> => startCli(args, env).ended;

/** What is waited for lasts longer; each time, all processes of the machine or a ledger may be read. */
const LOOK_MS = 50;

/** Fails at once, with what was said, when the command ends before what must come has come. */
export async function whileRunning<T>({ ended, child }: Cli, look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended too early: ${JSON.stringify(await ended)}`);
    await sleep(LOOK_MS);
  }
}

/** Also for what leaves no process: one that was just killed may be listed for a moment. */
export async function untilGone(home: string): Promise<void> {
  while (processesOf(home).length > 0) await sleep(100);
}

/** The process of a home whose command line matches, and that is not the shell which guards it. */
export const findProcess = (home: string, command: RegExp): HomeProcess | undefined =>
  processesOf(home).find((found) => command.test(found.command) && !/^\S*sh /.test(found.command));

export const WORKER = /worker\.ts/;
export const LAB = /lab\/servers\/main\.ts/;
export const TEMPORAL = /server start-dev/;
export const TRAINER = /etude_trainer train/;
export const SERVER = /etude_trainer serve/;

/** Has the lab of a home fail no more; returns when it has heard. */
export async function endLabFaults(home: string, faultsFile: string): Promise<void> {
  const { pid, anthropicUrl } = JSON.parse(readFileSync(join(home, '.etude/lab.json'), 'utf8')) as LabOfHome;
  writeFileSync(faultsFile, '{}');
  process.kill(pid, 'SIGHUP');
  const body = JSON.stringify({ model: 'lab-lenient', max_tokens: 9, messages: [{ role: 'user', content: 'Well?' }] });
  const headers = { 'x-api-key': 'any', 'anthropic-version': '2023-06-01' };
  const ask = () =>
    fetch(`${anthropicUrl}/v1/messages`, { method: 'POST', headers, body }).then(
      async (response) => (await response.text(), response.status),
    );
  while ((await ask()) === OUT_OF_QUOTA) await sleep(100);
}

interface LabOfHome {
  readonly pid: number;
  readonly anthropicUrl: string;
}

/** As the lab's Anthropic side says it. */
const OUT_OF_QUOTA = 402;

/** Replies in a home's ledger; of one provider, when it is named. */
export function countCalls(home: string, provider = '%'): number {
  const file = join(home, '.etude/ledger.db');
  if (!existsSync(file)) return 0;
  const database = new Database(file, { timeout: 5_000 });
  try {
    const row = database.prepare('select count(*) as calls from calls where provider like ?').get(provider);
    return Number((row as { calls: number }).calls);
  } catch {
    return 0; // its tables are not made yet
  } finally {
    database.close();
  }
}
