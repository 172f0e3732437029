/**
 * The ratios that bench/README.md tells of, by one command: `npm run bench` (about 40 minutes), or `npm run bench:quick` (below
 * five minutes; fewer and shorter rounds, without Inspect AI). Beside each ratio it prints the
 * one in ratios.json; `--write` puts the new ones there. It never fails on a ratio: what else the machine does decides too much.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { measureDedupe, type DedupeRound } from './dedupe/measure-dedupe.ts';
import { measureOverhead, middle, ratioOf, type Ratio, type Way } from './overhead/measure-overhead.ts';
import { percent, spread, summaryOf } from './overhead/summarise.ts';

interface Size {
  readonly name: string;
  readonly calls: number;
  readonly latency: number;
  readonly rounds: number;
  readonly ways: readonly Way[];
}

/** As ratios.json has them, by size and name. */
type Ratios = Record<string, Record<string, Ratio>>;

const IN_FLIGHT = 100;
const OWN: readonly Way[] = ['plain', 'etude'];
const QUICK: readonly Size[] = [
  { name: '500 ms', calls: 1_002, latency: 500, rounds: 3, ways: OWN },
  { name: 'no latency', calls: 1_002, latency: 0, rounds: 2, ways: OWN },
];
const WHOLE: readonly Size[] = [
  { name: '500 ms', calls: 4_002, latency: 500, rounds: 3, ways: [...OWN, 'inspect'] },
  { name: '5 s', calls: 1_002, latency: 5_000, rounds: 3, ways: OWN },
  { name: 'no latency', calls: 4_002, latency: 0, rounds: 3, ways: OWN },
];
const FILE = fileURLToPath(new URL('./ratios.json', import.meta.url));

const { quick, write } = new Command()
  .option('--quick', 'fewer and shorter rounds')
  .option('--write', 'put the ratios into ratios.json')
  .parse()
  .opts<{ quick?: boolean; write?: boolean }>();

const cell = (values: readonly (string | number)[]): void => console.log(`| ${values.join(' | ')} |`);

async function measureCalls({ name, calls, latency, rounds, ways }: Size): Promise<Record<string, Ratio>> {
  const workload = { calls, inFlight: IN_FLIGHT, latencyMilliseconds: latency };
  const measured = await measureOverhead(workload, { ways, rounds }, (run) => console.error(JSON.stringify(run)));
  for (const way of ways) {
    const found = summaryOf(measured, way);
    if (found) cell([name, way, found.seconds, found.callsPerSecond, found.cpu, found.inFlight, found.others]);
  }
  const ratios: Record<string, Ratio> = { [`etude / plain, ${name}`]: ratioOf(measured, 'etude', 'plain') };
  if (ways.includes('inspect')) ratios[`inspect / etude, ${name}`] = ratioOf(measured, 'inspect', 'etude');
  return ratios;
}

function dedupeRatio(measured: readonly DedupeRound[], of: (round: DedupeRound) => number): Ratio {
  const each = measured
    .filter(({ tool }) => tool === 'etude')
    .map((own) => of(own) / of(measured.find(({ tool, round }) => tool === 'rensa' && round === own.round)!));
  return { middle: middle(each), each };
}

async function measureDuplicates(texts: number): Promise<Record<string, Ratio>> {
  const measured = await measureDedupe(texts, 3, (round) => console.error(JSON.stringify(round)));
  for (const tool of ['etude', 'rensa'] as const) {
    const runs = measured.filter((round) => round.tool === tool);
    const of = (value: (round: DedupeRound) => number) => middle(runs.map(value));
    const [seconds, cpu] = [of((run) => run.seconds).toFixed(2), of((run) => run.cpu).toFixed(2)];
    const shares = [percent(of(({ recall }) => recall)), percent(of(({ wrong }) => wrong))];
    cell([texts, tool, seconds, cpu, Math.round(of(({ megabytes }) => megabytes)), ...shares]);
  }
  return {
    [`etude / rensa, CPU of ${texts} texts`]: dedupeRatio(measured, ({ cpu }) => cpu),
    [`etude / rensa, memory of ${texts} texts`]: dedupeRatio(measured, ({ megabytes }) => megabytes),
  };
}

const ratios: Record<string, Ratio> = {};
console.log(`${cpus().length} cores, ${cpus()[0]?.model ?? 'of an unknown kind'}, Node ${process.versions.node}\n`);
cell(['latency', 'way', 'seconds', 'calls/s', 'CPU ms a call', 'in flight', 'cores used by others']);
cell(Array.from({ length: 7 }, () => '---'));
for (const size of quick ? QUICK : WHOLE) Object.assign(ratios, await measureCalls(size));
console.log();
cell(['texts', 'tool', 'seconds', 'CPU s', 'MB', 'recall', 'removed wrongly']);
cell(Array.from({ length: 7 }, () => '---'));
for (const texts of quick ? [14_000] : [14_000, 200_000]) Object.assign(ratios, await measureDuplicates(texts));
console.log();
const size = quick ? 'quick' : 'whole';
const known = JSON.parse(readFileSync(FILE, 'utf8')) as Ratios;
cell(['ratio', 'now', 'committed']);
cell(['---', '---', '---']);
for (const [name, ratio] of Object.entries(ratios)) {
  const before = known[size]?.[name];
  cell([name, spread(ratio), before ? spread(before) : 'none']);
}
if (write) writeFileSync(FILE, `${JSON.stringify({ ...known, [size]: ratios }, null, 2)}\n`);
