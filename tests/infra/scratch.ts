import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';

export const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A folder of this test file's own, removed at its end. */
export function makeScratch(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'etude-test-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
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
  const lines: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString('utf8').split('\n').filter(Boolean)));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  return {
    process: child,
    line: () => eventually(() => lines.shift() ?? (child.exitCode !== null && failed(name))),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function failed(name: string): never {
  throw new Error(`${name} ended without an answer`);
}
