/** Processes by id and start time: after one has ended, the system may give its id to another process. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessId {
  pid: number;
  /** Start time as the system writes it; the same for the whole life of the process. */
  birth: string;
}

/** Start time of a live process; undefined when there is none. A zombie counts as dead. */
export function readBirth(pid: number): string | undefined {
  return existsSync('/proc/self/stat') ? readProcBirth(pid) : readPsBirth(pid);
}

function readProcBirth(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name in parentheses may contain blanks and parentheses, so count fields from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function readPsBirth(pid: number): string | undefined {
  try {
    const [state, ...birth] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state?.startsWith('Z') ? undefined : birth.join(' ');
  } catch {
    return undefined;
  }
}

export const isAlive = ({ pid, birth }: ProcessId): boolean => readBirth(pid) === birth;

export function thisProcess(): ProcessId {
  return { pid: process.pid, birth: readBirth(process.pid) ?? '' };
}

/** Sends SIGTERM to a process group, and SIGKILL after `graceMs`. Returns when the group's leader has ended. */
export async function endGroup(leader: ProcessId, { graceMs }: { graceMs: number }): Promise<void> {
  const since = performance.now();
  signalGroup(leader, 'SIGTERM');
  while (isAlive(leader) && performance.now() - since < graceMs) await sleep(50);
  signalGroup(leader, 'SIGKILL');
  while (isAlive(leader)) await sleep(20);
}

function signalGroup(leader: ProcessId, signal: NodeJS.Signals): void {
  if (!isAlive(leader)) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
