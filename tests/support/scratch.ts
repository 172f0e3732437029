import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';

export const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Owners that a failed test may have left. */
const owners = new Set<ChildProcess>();

/** A folder of this test file's own, removed at its end. */
export function makeScratch(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'etude-test-')));
  afterAll(() => {
    for (const owner of owners) owner.kill('SIGKILL');
    // What was killed may write a last file meanwhile.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  return folder;
}

export function writeFileIn(folder: string, path: string, content: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** A shell script that stands for a program of that name. */
export function writeProgram(folder: string, name: string, script: string): string {
  const file = writeFileIn(folder, name, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Waits for what must come; the test's own time limit ends it otherwise. */
export async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await sleep(50);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^[ZX]/.test(readState(pid)); // a killed process keeps its id until its parent has looked
  } catch {
    return false;
  }
}

function readState(pid: number): string {
  if (process.platform !== 'linux') return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
}

export interface Owner {
  process: ChildProcess;
  /** Its next line on standard output. */
  line: () => Promise<string>;
  end: () => Promise<void>;
}

/** A process of our own that runs TypeScript which imports from the project: `code` may await. */
export function startOwner(folder: string, name: string, code: string): Owner {
  const file = writeFileIn(folder, `${name}.mts`, code.replaceAll('#project', PROJECT));
  const loader = join(PROJECT, 'node_modules/tsx/dist/loader.mjs');
  const child = spawn(process.execPath, ['--import', loader, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  owners.add(child);
  const lines: string[] = [];
  let [rest, over] = ['', false];
  child.stdout.on('data', (chunk: Buffer) => {
    const whole = (rest + chunk.toString('utf8')).split('\n');
    rest = whole.pop() ?? '';
    lines.push(...whole.filter(Boolean));
  });
  // Not its exit: what it wrote last may still be on its way.
  child.once('close', () => (over = true));
  const ended = new Promise<void>((done) => child.once('exit', () => done(void owners.delete(child))));
  return {
    process: child,
    line: () => eventually(() => lines.shift() ?? (over && failed(name))),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Takes a port of something that has just ended: the kernel may take a moment to give it back. */
export async function takePort(port: number): Promise<Server> {
  for (;;) {
    const server = createServer();
    const taken = once(server.listen(port, '127.0.0.1'), 'listening').then(() => true);
    if (await taken.catch((error: NodeJS.ErrnoException) => error.code !== 'EADDRINUSE' && Promise.reject(error)))
      return server;
    await sleep(50);
  }
}

function failed(name: string): never {
  throw new Error(`${name} ended without an answer`);
}
