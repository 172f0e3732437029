/** CPU time from Linux's own count: of processes that were started as a group, and of the whole machine. */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

interface Stat {
  readonly group: number;
  readonly seconds: number;
}

/** Fields of `/proc/PID/stat` after the name, which may hold blanks itself. */
function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { group: Number(fields[2]), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND };
  } catch {
    return undefined; // it has ended
  }
}

/** The seconds of CPU that the living processes of a group have used so far. */
export function cpuOfGroup(group: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readStat);
  return stats.reduce((sum, stat) => sum + (stat?.group === group ? stat.seconds : 0), 0);
}

/** The seconds of CPU that all programs of the machine have used since it started: what a run did not use itself, others did. */
export function cpuOfMachine(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // "cpu", user, nice, system, idle, iowait, irq, softirq, steal
  const [user, nice, system, , , irq, softirq, steal] = first.split(/\s+/).slice(1).map(Number);
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return ticks / TICKS_PER_SECOND;
}
