/** The ways of making the same calls, in turns, round by round, against one lab. */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../infra/setup/settings.mjs';
import { runEtude, type Lab } from './etude-run.ts';
import { runInspect } from './inspect-run.ts';
import { cpuOfGroup } from './processes.ts';
import { startBenchLab, type InFlight } from './start-lab.ts';
import type { Measured, Workload } from './workload.ts';

const PLAIN = fileURLToPath(new URL('./plain-loop.ts', import.meta.url));

const runPlain = async (lab: Lab, work: Workload, seed: number): Promise<Measured> => {
  const args = ['--import', 'tsx', PLAIN, lab.openaiUrl, JSON.stringify(work), String(seed)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'utf8', cwd: ROOT });
  return JSON.parse(stdout) as Measured;
};

const RUNS = { plain: runPlain, etude: runEtude, inspect: runInspect } as const;
export type Way = keyof typeof RUNS;

export interface Round extends Measured {
  readonly way: Way;
  readonly round: number;
  readonly inFlight: InFlight;
  /** The share of the machine's cores that other programs used meanwhile: above a tenth, seconds say little. */
  readonly others: number;
}

export async function measureOverhead(
  workload: Workload,
  { ways, rounds }: { readonly ways: readonly Way[]; readonly rounds: number },
  say: (round: Round) => void,
): Promise<Round[]> {
  const lab = await startBenchLab(workload.latencyMilliseconds);
  const measured: Round[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1)
      for (const way of ways) {
        const before = cpuOfGroup(lab.pid);
        const run = await RUNS[way](lab, workload, round);
        const cpu = { ...run.cpu, lab: cpuOfGroup(lab.pid) - before };
        const own = Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
        const others = Math.max(0, run.machine - own) / (run.seconds * cpus().length);
        measured.push({ ...run, cpu, way, round, inFlight: lab.inFlight(), others });
        say(measured.at(-1)!);
      }
  } finally {
    await lab.stop();
  }
  return measured;
}

export const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export interface Ratio {
  readonly middle: number;
  readonly each: readonly number[];
}

/** The seconds of one way over those of another, round by round. */
export function ratioOf(measured: readonly Round[], way: Way, over: Way): Ratio {
  const each = measured
    .filter((run) => run.way === way)
    .flatMap(({ round, seconds }) => {
      const other = measured.find((run) => run.way === over && run.round === round);
      return other ? [seconds / other.seconds] : [];
    });
  return { middle: middle(each), each };
}
