import { describe, expect, it } from '@jest/globals';
import type { CellOutcome } from '../../../contracts/outcomes.ts';
import type { Arm } from '../../../contracts/study.ts';
import { compareArms, defaultContrasts } from '../../../domain/comparing/compare.ts';
import { tabulateScores } from '../../../domain/comparing/score-table.ts';
import { cell, graded, measuredPlan, written } from '../../support/measured-plan.ts';

const trained = (id: string, ...ks: number[]): Arm => ({ id, take: Object.fromEntries(ks.map((k) => [k, 'all'])) });
const untrained = (id: string): Arm => ({ id, untrained: true });
const names = (arms: readonly Arm[]) => defaultContrasts(arms).map(({ arm, against }) => `${arm} - ${against}`);

describe('defaultContrasts', () => {
  it('has every arm against the untrained and against k = 1 alone, and the largest cumulative against the next', () => {
    const arms = [untrained('base'), trained('1', 1), trained('1,2', 1, 2), trained('3', 3), trained('1,2,3', 1, 2, 3)];
    expect(names(arms)).toEqual([
      '1 - base',
      '1,2 - base',
      '3 - base',
      '1,2,3 - base',
      '1,2 - 1',
      '3 - 1',
      '1,2,3 - 1',
      '1,2,3 - 1,2',
    ]);
  });

  it('compares an arm with each untrained one, and these with the first', () => {
    expect(names([untrained('base'), untrained('base+careful'), trained('1', 1)])).toEqual([
      '1 - base',
      '1 - base+careful',
      'base+careful - base',
    ]);
  });

  it('takes for cumulative what leaves out no k, whatever the order of its arms', () => {
    expect(names([trained('2', 2), trained('1,3', 1, 3), trained('1', 1), untrained('base')])).toEqual([
      '2 - base',
      '1,3 - base',
      '1 - base',
      '2 - 1',
      '1,3 - 1',
    ]);
    const many = [trained('1..3', 3, 2, 1), trained('1', 1), trained('1..2', 2, 1), trained('2,3', 2, 3)];
    expect(names(many)).toEqual(['1..3 - 1', '1..2 - 1', '2,3 - 1', '1..3 - 1..2']);
    expect(names([trained('2', 2), trained('3', 3)])).toEqual([]);
    expect(names([untrained('base')])).toEqual([]);
  });

  it('says a contrast once', () => {
    expect(names([trained('1', 1), trained('1,2', 1, 2)])).toEqual(['1,2 - 1']);
  });
});

const text = (point: number | null) => [
  point === null
    ? ({ end: 'failed', reason: 'x' } as const)
    : written(Array.from({ length: 3 }, () => graded(point, 1, 1, 1, 1))),
];
const scores = (values: readonly (number | null)[], identity: Partial<CellOutcome>) => cell(values.map(text), identity);
const compare = (cells: CellOutcome[], partitions = 1) =>
  compareArms({
    tables: tabulateScores(cells, measuredPlan({ items: 4, partitions }), ['fullMarks']),
    plan: measuredPlan({ items: 4, partitions }),
    hash: 'plan',
    contrasts: [{ arm: '1', against: 'base' }],
  });

describe('compareArms', () => {
  const base = scores([0, 0, 1, 1], {});

  it('pairs by combination', () => {
    const [row] = compare([scores([1, 1, 1, 0], { arm: '1' }), base]);
    expect(row).toMatchObject({ student: 'tiny', arm: '1', against: 'base', k: 2, metric: 'fullMarks', pairs: 4 });
    expect(row?.difference).toBeCloseTo(0.25, 12);
    expect(row?.se).toBeCloseTo(Math.sqrt(2.75 / 3 / 4), 12);
  });

  it('averages replicates per combination first, so that they make no more pairs', () => {
    const [row] = compare([scores([1, 1, 1, 1], { arm: '1' }), scores([0, 0, 1, 1], { arm: '1', replicate: 1 }), base]);
    expect(row).toMatchObject({ pairs: 4, difference: 0.25 });
    expect(row?.se).toBeCloseTo(Math.sqrt(0.25 / 3 / 4), 12);
  });

  it('pools the combinations of all partitions', () => {
    const [row] = compare(
      [
        scores([1, 1, 1, 1], { arm: '1' }),
        scores([1, 1, 1, 1], { arm: '1', partition: 1 }),
        base,
        scores([1, 1, 1, 1], { partition: 1 }),
      ],
      2,
    );
    expect(row).toMatchObject({ pairs: 8, difference: 0.25 });
  });

  it('makes no pair of a combination that one side misses', () => {
    expect(compare([scores([1, null, 1, 1], { arm: '1' }), base])[0]).toMatchObject({ pairs: 3 });
    expect(compare([scores([null, null, null, null], { arm: '1' }), base])[0]).toMatchObject({
      pairs: 0,
      difference: null,
    });
  });

  it('has an interval within -1 and 1', () => {
    const rows = (against: readonly number[]) =>
      compare([scores([1, 1, 1, 1], { arm: '1' }), scores(against, {})]).map(({ se, ci }) => [se, ci] as const);
    expect(rows([0, 0, 0, 1])).toEqual([[0.25, [0.75 - 1.959963984540054 * 0.25, 1]]]);
    // All differences are 1: at most a share 1 - .025^(1/4) of others differs, by 2 at most.
    const [[se, ci] = []] = rows([0, 0, 0, 0]);
    expect([se, ci?.[1]]).toEqual([0, 1]);
    expect(ci?.[0]).toBeCloseTo(1 - 2 * (1 - 0.025 ** 0.25), 12);
  });

  it('draws for each list of combinations by itself: tables side by side change nothing', () => {
    const cells = [
      ...[scores([1, 1, 1, 0], { arm: '1' }), base],
      ...[scores([1, 0, 1, 1], { arm: '1', setting: 'held-out' }), scores([0, 0, 0, 1], { setting: 'held-out' })],
      ...[scores([1, 0, 0, 0], { arm: '1', grader: 'mild' }), scores([0, 0, 0, 1], { grader: 'mild' })],
    ];
    const one = (part: readonly CellOutcome[]) => compare([...part]);
    expect(compare(cells)).toHaveLength(3);
    expect(compare(cells)).toEqual([...one(cells.slice(0, 2)), ...one(cells.slice(2, 4)), ...one(cells.slice(4))]);
  });

  it('keeps graders, settings and students apart, and has no row without both arms', () => {
    expect(compare([scores([1, 1, 1, 1], { arm: '1', grader: 'mild' }), base])).toEqual([]);
  });
});
