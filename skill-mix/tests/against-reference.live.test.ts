import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROJECT } from '../../tests/support/scratch.ts';
import { scoreRuns } from '../score-folder.ts';
import { makeRandomRun, type RandomRun } from './random-run.ts';
import { gradingPath, writeRun } from './released-run.ts';

const FIXTURES = 240;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'etude-skill-mix-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const folderOf = (run: RandomRun, index: number) => ({ ...run.folder, directory: join(scratch, String(index)) });

/** One Python process reads all fixtures. */
function askReference(runs: readonly RandomRun[]): Record<string, unknown>[] {
  const tasks = runs.map((run, index) => ({
    k: run.folder.k,
    deduct: run.deductNames,
    drop: run.dropped,
    files: run.rounds.map((gradings, round) =>
      gradings.map((_, grading) => gradingPath(folderOf(run, index), round + 1, grading + 1)),
    ),
  }));
  const output = execFileSync(join(PROJECT, '.venv/bin/python'), [join(import.meta.dirname, 'reference.py')], {
    input: JSON.stringify(tasks),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return JSON.parse(output) as Record<string, unknown>[];
}

function scoreAsWe(run: RandomRun, index: number): unknown {
  const scores = scoreRuns(folderOf(run, index).directory, {
    student: 'student',
    grader: 'gpt-4',
    k: String(run.folder.k),
    rounds: run.rounds.map((_, round) => round + 1).join(','),
    gradings: (run.rounds[0] ?? []).map((_, grading) => grading + 1).join(','),
    deductNames: run.deductNames,
    dropSkills: run.dropped.join(','),
    missing: 'zero',
  });
  const metrics = Object.entries(scores.byK[0]?.metrics ?? {});
  return Object.fromEntries(metrics.map(([name, { mean, se, printed }]) => [name, { mean, se, printed }]));
}

describe('metrics of a complete run', () => {
  it(`are the published aggregation's to the last bit, in ${FIXTURES} random runs`, () => {
    const runs = Array.from({ length: FIXTURES }, (_, seed) => makeRandomRun(seed));
    for (const [index, run] of runs.entries()) writeRun(folderOf(run, index), run.rounds);
    const expected = askReference(runs);
    expect(runs.map(scoreAsWe)).toEqual(expected);
    const printed = new Set(expected.map((one) => JSON.stringify(one)));
    expect(printed.size).toBeGreaterThan(FIXTURES * 0.6);
  });
});
