import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';

const POLL_MS = 100;
/** Limit for the output of `ps` with the command lines of all processes. */
const MOST_BYTES = 64 * 2 ** 20;

export interface EndLeftoversInput {
  /** Arguments by which to find the processes, such as the path of their database; a process must have all of them. */
  marks: readonly string[];
  /** Their owner has ended, so they are ending too: how long to wait before killing them. */
  patienceSeconds: number;
}

/** Waits for processes of an earlier owner to end, and kills those that take too long. Throws when it may not. */
export async function endLeftovers(input: EndLeftoversInput): Promise<void> {
  const since = performance.now();
  for (;;) {
    const left = findProcesses(input.marks);
    if (left.length === 0) return;
    if (performance.now() - since > input.patienceSeconds * 1000) left.forEach(kill);
    await sleep(POLL_MS);
  }
}

export function findProcesses(marks: readonly string[]): number[] {
  const all = process.platform === 'linux' ? listFromProc() : listFromPs();
  return all.filter(({ pid, has }) => pid !== process.pid && marks.every(has)).map(({ pid }) => pid);
}

interface Listed {
  pid: number;
  has: (argument: string) => boolean;
}

function listFromProc(): Listed[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => {
    const line = readCommandLine(pid).split('\0');
    return { pid: Number(pid), has: (argument) => line.includes(argument) };
  });
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}

function listFromPs(): Listed[] {
  const options = { encoding: 'utf8', maxBuffer: MOST_BYTES } as const;
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], options).split('\n');
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), has: (argument) => line.includes(argument) }));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') throw notOurs(pid, error);
    if (code !== 'ESRCH') throw error;
  }
}

const notOurs = (pid: number, cause: unknown): UserError =>
  new UserError(
    `Process ${pid} of an earlier run in this home is still running, and this account may not end it.`,
    `End it with the account that started it (\`ps -o user= -p ${pid}\` shows which), then run the same command again.`,
    { cause },
  );
