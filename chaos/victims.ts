/** Finds and kills processes of a home, by its path in their command line or environment (Linux only: reads /proc). */
import { readdirSync, readFileSync } from 'node:fs';
import type { Part } from './schedule.ts';

export interface HomeProcess {
  readonly pid: number;
  readonly command: string;
}

const COMMANDS: Readonly<Record<Part, RegExp>> = {
  worker: /worker\.ts/,
  temporal: /server start-dev/,
  trainer: /etude_trainer train/,
  student: /etude_trainer serve/,
  owner: /client\/main\.ts start/,
};
/** Shells that guard or wrap a command: only the command itself is to be killed. */
const SHELL = /^\S*sh /;

export const findVictims = (home: string, part: Part): HomeProcess[] =>
  processesOf(home).filter(({ command }) => COMMANDS[part].test(command) && !SHELL.test(command));

/** Processes whose command line or environment names the home, except this process and those with the given ids. */
export function processesOf(home: string, except: readonly (number | undefined)[] = []): HomeProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && !except.includes(Number(name)))
    .map((pid) => ({
      pid: Number(pid),
      command: readWords(`/proc/${pid}/cmdline`),
      environment: readWords(`/proc/${pid}/environ`),
    }))
    .filter(({ command, environment }) => `${command} ${environment}`.includes(home))
    .map(({ pid, command }) => ({ pid, command }));
}

/** A file of /proc with blanks between words; empty for a process that has ended or is a zombie. */
export function readWords(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Kills a process with SIGKILL; false when it had ended already. */
export function kill9(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
