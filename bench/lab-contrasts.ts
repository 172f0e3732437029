/**
 * Prints the lab's differences between arms with their standard errors, for several seeds, and against a control that is
 * trained on as many texts, all of k = 1: `node --import tsx bench/lab-contrasts.ts HOME [SEED...]`. Runs whole studies,
 * minutes each.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell, Results } from '../contracts/results.ts';
import { ROOT } from '../infra/setup/settings.mjs';

const PLACES = [
  ['train', 4],
  ['train', 5],
  ['held-out', 3],
] as const;

/** A study file in which every seed is replaced. */
function withSeed(file: string, seed: number): { name: string; text: string } {
  const text = readFileSync(join(ROOT, 'studies', `${file}.yaml`), 'utf8');
  const name = seed === 1 ? file : `${file}-seed-${seed}`;
  const moved = text
    .replace(/^name: .*$/m, `name: ${name}`)
    .replace(/^seed: 1$/m, `seed: ${seed}`)
    .replace('{ data: 1, train: 1 }', `{ data: ${seed}, train: ${seed} }`)
    .replace('{ dataSeed: 1, trainSeed: 1 }', `{ dataSeed: ${seed}, trainSeed: ${seed} }`);
  return { name, text: moved };
}

function run(home: string, file: string, seed: number): Results {
  const { name, text } = withSeed(file, seed);
  const path = join(home, `${name}.yaml`);
  writeFileSync(path, text);
  const started = Date.now();
  const { status } = spawnSync(join(ROOT, 'etude'), ['start', path, '--home', home], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${name} ended with exit code ${status}`);
  console.log(`${name}: ${Math.round((Date.now() - started) / 1000)} s`);
  return JSON.parse(readFileSync(join(home, 'runs', name, 'results.json'), 'utf8')) as Results;
}

const cellOf = ({ cells }: Results, arm: string, setting: string, k: number, grader: string): Cell => {
  const found = cells.find(
    (cell) => cell.arm === arm && cell.setting === setting && cell.k === k && cell.grader === grader,
  );
  if (!found) throw new Error(`no cell ${arm}, ${setting}, k = ${k}, ${grader}`);
  return found;
};

const show = (difference: number, se: number): string =>
  `${difference >= 0 ? '+' : ''}${difference.toFixed(3)} ± ${se.toFixed(3)}`;

function printContrasts(label: string, results: Results): void {
  for (const against of ['base', '1'])
    for (const [setting, k] of PLACES)
      for (const found of results.comparisons)
        if (found.arm === '1,2,3' && found.against === against && found.setting === setting && found.k === k)
          console.log(
            `${label}  1,2,3 - ${against.padEnd(5)} ${setting.padEnd(9)} k = ${k}  ${found.grader.padEnd(8)} ${show(found.difference ?? Number.NaN, found.se ?? Number.NaN)} (paired)`,
          );
}

/** Prints how much better arm 1,2,3 is than the control. Their trainings are independent, so squared errors add up. */
function printControl(label: string, lab: Results, control: Results): void {
  for (const [setting, k] of PLACES) {
    for (const grader of new Set(lab.cells.map((cell) => cell.grader))) {
      const [full, single] = [cellOf(lab, '1,2,3', setting, k, grader), cellOf(control, '1', setting, k, grader)].map(
        ({ metrics }) => metrics.fullMarks,
      );
      const [mine, its] = [full?.mean ?? Number.NaN, single?.mean ?? Number.NaN];
      const se = Math.hypot(full?.se ?? Number.NaN, single?.se ?? Number.NaN);
      console.log(
        `${label}  1,2,3 - control ${setting.padEnd(9)} k = ${k}  ${grader.padEnd(8)} ${mine.toFixed(3)} - ${its.toFixed(3)} = ${show(mine - its, se)} (${((mine - its) / se).toFixed(1)} SE)`,
      );
    }
  }
}

const [home, ...seeds] = process.argv.slice(2);
if (!home) throw new Error('usage: lab-contrasts.ts HOME [SEED...]');
mkdirSync(home, { recursive: true });
for (const seed of seeds.length > 0 ? seeds.map(Number) : [1, 2]) {
  const lab = run(home, 'lab', seed);
  printContrasts(`seed ${seed}`, lab);
  printControl(`seed ${seed}`, lab, run(home, 'lab-control', seed));
}
