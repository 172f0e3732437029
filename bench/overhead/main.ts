/**
 * What durability costs: composing by Etude's own path and by a plain loop over the openai client, the same requests
 * against the same lab, in turns. Prints one line of JSON a run, then a table: seconds, CPU milliseconds a call, ratios.
 * Run: `npm run bench:overhead -- [--calls N] [--in-flight N] [--latency MS] [--rounds N]`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { startGuarded } from '../../infra/processes/start-guarded.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { runEtude, type Lab, type Measured } from './etude-run.ts';
import { cpuOfGroup } from './processes.ts';
import type { Workload } from './workload.ts';

const options = new Command()
  .option('--calls <n>', 'calls of a round', Number, 4_002)
  .option('--in-flight <n>', 'requests at once', Number, 100)
  .option('--latency <ms>', 'of every reply', Number, 500)
  .option('--rounds <n>', 'of each', Number, 3)
  .option('--calls-per-activity <n>', 'of Etude; without it, as the product has it', Number)
  .option('--only <who>', 'plain or etude')
  .parse()
  .opts<{
    calls: number;
    inFlight: number;
    latency: number;
    rounds: number;
    callsPerActivity?: number;
    only?: string;
  }>();

const workload: Workload = {
  calls: options.calls,
  inFlight: options.inFlight,
  latencyMilliseconds: options.latency,
  ...(options.callsPerActivity !== undefined && { callsPerActivity: options.callsPerActivity }),
};
const folder = mkdtempSync(join(tmpdir(), 'etude-overhead-lab-'));
const readyFile = join(folder, 'lab.json');
const server = startGuarded({
  command: process.execPath,
  args: [
    ...['--import', 'tsx', join(ROOT, 'lab/servers/main.ts'), '--ready-file', readyFile],
    ...['--faults', JSON.stringify({ latencyMilliseconds: options.latency })],
  ],
  logFile: join(folder, 'lab.log'),
  cwd: ROOT,
});

async function awaitLab(): Promise<Lab> {
  for (;;) {
    try {
      return JSON.parse(readFileSync(readyFile, 'utf8')) as Lab;
    } catch {
      await wait(50);
    }
  }
}

const PLAIN = fileURLToPath(new URL('./plain-loop.ts', import.meta.url));
const runPlain = async (lab: Lab, work: Workload, seed: number): Promise<Measured> => {
  const args = ['--import', 'tsx', PLAIN, lab.openaiUrl, JSON.stringify(work), String(seed)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: ROOT })) as Measured;
};

const WAYS = { plain: runPlain, etude: runEtude } as const;
type Way = keyof typeof WAYS;
const measured: Record<Way, Measured[]> = { plain: [], etude: [] };

try {
  const lab = await awaitLab();
  for (let round = 1; round <= options.rounds; round += 1)
    for (const way of Object.keys(WAYS) as Way[]) {
      if (options.only && options.only !== way) continue;
      const before = cpuOfGroup(server.pid);
      const run = await WAYS[way](lab, workload, round);
      const cpu = { ...run.cpu, lab: cpuOfGroup(server.pid) - before };
      measured[way].push({ ...run, cpu });
      console.log(JSON.stringify({ round, way, ...run, cpu }));
    }
  summarise();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function summarise(): void {
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  for (const [way, runs] of Object.entries(measured)) {
    if (runs.length === 0) continue;
    const [first] = runs as [Measured];
    const per = (name: string) => middle(runs.map(({ cpu, calls }) => ((cpu[name] ?? 0) * 1000) / calls)).toFixed(2);
    const cpu = Object.keys(first.cpu).map((name) => `${name} ${per(name)}`);
    const calls = middle(runs.map(({ calls: count, seconds }) => count / seconds)).toFixed(0);
    const seconds = runs.map((run) => run.seconds.toFixed(2)).join(' ');
    console.log(
      `${way}: ${seconds} s; ${calls} calls/s; CPU ms a call: ${cpu.join(', ')}; events ${first.events ?? 0}`,
    );
  }
  const ratios = measured.etude.flatMap(({ seconds }, round) => {
    const plain = measured.plain[round];
    return plain ? [seconds / plain.seconds] : [];
  });
  if (ratios.length > 0)
    console.log(`etude / plain: ${middle(ratios).toFixed(3)} (${ratios.map((ratio) => ratio.toFixed(3)).join(', ')})`);
}
