/**
 * Makes the README's table from a study's results: `node --import tsx bench/readme-figures.ts runs/lab/results.json`
 * prints it, `--write` writes it into README.md between two marks. Reads seed and times from provenance.json beside it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cell, Results } from '../contracts/results.ts';
import { formatNumber } from '../domain/report/page/format.ts';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->'];

interface Provenance {
  readonly seeds: { readonly study: number };
  readonly callsOfHome: { readonly first: string; readonly last: string };
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const share = (value: number | null): string => (value === null ? 'n/a' : formatNumber(value, 2).replace(/^0/, ''));

/** Share of full marks of one student under the first grader: a row for each arm, a column for each setting with all k. */
export function renderFigures(results: Results, { seeds, callsOfHome }: Provenance): string {
  const { student, grader } = results.cells[0] ?? {};
  const cells = results.cells.filter((cell) => cell.student === student && cell.grader === grader);
  const [settings, ks, arms] = (['setting', 'k', 'arm'] as const).map((key) => unique(cells.map((cell) => cell[key])));
  const heads = (settings ?? []).map((setting) => `${setting}, k = ${ks?.join(', ')}`);
  const rows = (arms ?? []).map((arm) => {
    const columns = (settings ?? []).map((setting) =>
      means(cells.filter((c) => c.arm === arm && c.setting === setting)),
    );
    return `| ${arm} | ${columns.join(' | ')} |`;
  });
  const table = [`| arm | ${heads.join(' | ')} |`, `|---|${heads.map(() => '---|').join('')}`, ...rows];
  return [...table, '', describeRun({ results, cells, seed: seeds.study, minutes: minutesOf(callsOfHome) })].join('\n');
}

const means = (cells: readonly Cell[]): string => cells.map(({ metrics }) => share(metrics.fullMarks.mean)).join(' ');

const minutesOf = ({ first, last }: Provenance['callsOfHome']): string =>
  ((Date.parse(last) - Date.parse(first)) / 60_000).toFixed(1);

interface Run {
  readonly results: Results;
  readonly cells: readonly Cell[];
  readonly seed: number;
  readonly minutes: string;
}

function describeRun({ results, cells, seed, minutes }: Run): string {
  const { study, plan, spending } = results;
  const planned = unique(cells.map(({ counts }) => counts.planned)).join(' or ');
  const error = Math.max(...cells.map(({ metrics }) => metrics.fullMarks.se ?? 0));
  return [
    `Measured: one run of study \`${study}\`, seed ${seed}, plan \`${plan.slice(0, 12)}\`: ${spending.calls.toLocaleString('en')} calls`,
    `in ${minutes} minutes. Share of full marks by grader ${cells[0]?.grader}; ${planned} texts a cell, standard error at most`,
    `${share(error)}. Each arm was trained once: the spread between trainings is not in that.`,
  ].join('\n');
}

async function main([file, option]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('usage: readme-figures.ts RESULTS.json [--write]');
  const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
  const results = (await read(file)) as Results;
  const figures = renderFigures(results, (await read(join(dirname(file), 'provenance.json'))) as Provenance);
  if (option !== '--write') return console.log(figures);
  const readme = await readFile(README, 'utf8');
  const [start, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`README.md lacks the marks ${BEGIN} and ${END}`);
  await writeFile(README, `${readme.slice(0, start + BEGIN.length)}\n${figures}\n${readme.slice(end)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
