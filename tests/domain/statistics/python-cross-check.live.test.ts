/** The statistics against scipy, statsmodels, scikit-learn and krippendorff on random tables, in one Python process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { randomStream } from '../../../domain/basics/random.ts';
import { kappaOf } from '../../../domain/comparing/agreement.ts';
import { makeResampler } from '../../../domain/comparing/bootstrap.ts';
import { testEquivalence, upperTail } from '../../../domain/statistics/equivalence.ts';
import { adjustByHolm } from '../../../domain/statistics/holm.ts';
import { AlphaTally } from '../../../domain/statistics/krippendorff.ts';
import { testSigns } from '../../../domain/statistics/permutation.ts';
import { combinationsFor } from '../../../domain/statistics/power.ts';
import { carefulError, studentT95, summarise, summariseShares } from '../../../domain/statistics/statistics.ts';
import { ROOT } from '../../../infra/setup/settings.mjs';

interface Case {
  readonly kind: string;
  readonly input: object;
  readonly found: readonly (number | null)[];
}

const TABLES = 220;
const stream = randomStream(2024, 'cross-check');
const uniform = (): number => (stream.next() >>> 0) / 2 ** 32;
const upTo = (end: number): number => Math.floor(uniform() * end);
const list = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const ALTERNATIVES = ['two-sided', 'greater', 'less'] as const;
const test = () => randomStream(1, 'test');

function kappaCase(): Case {
  const share = uniform() ** 2;
  const pairs = list(1 + upTo(40), () => [uniform() < share ? 1 : 0, uniform() < share ? 1 : 0] as const);
  const count = (left: number, right: number) => pairs.filter(([a, b]) => a === left && b === right).length;
  const tally = { both: count(1, 1), neither: count(0, 0), onlyLeft: count(1, 0), onlyRight: count(0, 1) };
  return {
    kind: 'kappa',
    input: { left: pairs.map(([left]) => left), right: pairs.map(([, right]) => right) },
    found: [kappaOf(tally)],
  };
}

function alphaCase(): Case {
  const share = uniform();
  const judges = list(2 + upTo(3), () => list(12, () => (uniform() < 0.25 ? null : uniform() < share ? 1 : 0)));
  const tally = new AlphaTally();
  for (let unit = 0; unit < 12; unit += 1)
    tally.add(judges.map((judge) => judge[unit] ?? null).filter((value) => value !== null));
  return { kind: 'alpha', input: { judges }, found: [tally.alpha()] };
}

/** Every second table holds 0 and 1 alone, as full marks do; the others graded scores, as the skill fraction is. */
function summaryCase(): Case {
  const share = Math.round(uniform() * 4) / 4;
  const steps = [1, 5][upTo(2)]!;
  const graded = list(2 + upTo(100), () => (uniform() < share ? 1 : upTo(steps) / steps));
  const values = new Set(graded).size === 1 ? graded.map(() => 1) : graded;
  const { mean, se, ci } = summariseShares(values);
  return { kind: 'summary', input: { values }, found: [mean, se, ...(ci ?? [])] };
}

function differenceCase(): Case {
  const values = [1, ...list(2 + upTo(60), () => upTo(3) - 1), 0];
  const { mean, se, ci } = summarise(values, [-1, 1]);
  return { kind: 'difference', input: { values }, found: [mean, se, ...(ci ?? [])] };
}

function signCases(): Case[] {
  const alternative = ALTERNATIVES[upTo(3)]!;
  // Thirds are not exact in binary, and ties must be seen all the same; scipy gets whole numbers.
  const values = list(1 + upTo(10), () => upTo(9) - 3);
  const thirds = values.map((value) => value / 3);
  const large = list(30 + upTo(60), () => [-1, 0, 1, 1][upTo(4)]!);
  return [
    { kind: 'signs', input: { values, alternative }, found: [testSigns(thirds, alternative, test())?.p ?? null] },
    {
      kind: 'drawn-signs',
      input: { values: large, alternative },
      found: [testSigns(large, alternative, test())?.p ?? null],
    },
  ];
}

function otherCases(): Case[] {
  const p = list(1 + upTo(8), () => uniform() ** 2);
  const values = list(20 + upTo(60), () => upTo(3) - 1);
  const margin = 0.05 + uniform() / 4;
  const { mean } = summarise(values, [-1, 1]);
  const se = carefulError(values, [-1, 1]);
  const [z, degrees, halfWidth] = [uniform() * 40 - 8, 1 + upTo(60), 0.01 + uniform() / 5];
  return [
    { kind: 'holm', input: { p }, found: adjustByHolm(p) },
    { kind: 'equivalence', input: { values, margin }, found: [testEquivalence(mean ?? 0, se ?? 1, margin)] },
    { kind: 'tail', input: { z }, found: [upperTail(z)] },
    { kind: 'student', input: { degrees }, found: [studentT95(degrees)] },
    { kind: 'size', input: { halfWidth }, found: [combinationsFor(halfWidth, 0.25)] },
  ];
}

function bootstrapCase(): Case {
  const differences = list(60, () => upTo(3) - 1);
  const combinations = differences.map((_, index) => ({ skills: [`s${index % 7}`], topic: `t${index}` }));
  const paired = { combinations, differences, trainings: [[], []] as const };
  const { bootstrap } = makeResampler(combinations, randomStream(3, 'draws')).resample(paired);
  return { kind: 'bootstrap', input: { values: differences }, found: bootstrap ?? [] };
}

describe('the statistics', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-statistics-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('agree with independent implementations on hundreds of random tables', () => {
    const many = list(TABLES, () => [
      ...[kappaCase(), alphaCase(), summaryCase(), differenceCase()],
      ...[...signCases(), ...otherCases()],
    ]).flat();
    const cases = [...many, ...list(5, bootstrapCase)];
    const file = join(folder, 'cases.json');
    writeFileSync(file, JSON.stringify(cases));
    const printed = execFileSync(process.execPath, [join(ROOT, 'tests/python/run-checker.mjs'), file]);
    const { checked, wrong } = JSON.parse(printed.toString()) as { checked: Record<string, number>; wrong: unknown[] };
    expect(wrong).toEqual([]);
    const kinds = ['kappa', 'alpha', 'summary', 'difference', 'signs', 'drawn-signs', 'holm', 'equivalence'];
    for (const kind of [...kinds, 'tail', 'size']) expect(checked[kind]).toBe(TABLES);
    expect(checked['bootstrap']).toBe(5);
  });
});
