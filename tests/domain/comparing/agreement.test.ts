import { describe, expect, it } from '@jest/globals';
import { measureAgreement } from '../../../domain/comparing/agreement.ts';
import { cell, graded, measuredPlan, unparsable, written } from '../../support/measured-plan.ts';

const texts = (...points: number[][]) => points.map((list) => [written([graded(...list)])]);
const row = (rows: ReturnType<typeof measureAgreement>, left: string, right: string, point: string) =>
  rows.find(
    ({ graders, point: kind, k, skill }) =>
      graders.join() === `${left},${right}` && kind === point && k === undefined && skill === undefined,
  );

describe('measureAgreement', () => {
  const strict = cell(texts([1, 1, 1, 1, 0], [1, 0, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 1]));
  const mild = cell(texts([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 1, 1, 1], [0, 0, 1, 1, 1]), { grader: 'mild' });
  const rows = measureAgreement([strict, mild], measuredPlan());

  it('has raw agreement and kappa over the skill points of all texts', () => {
    // 8 skill points: both 3, neither 3, only mild 2; chance = 3/8 * 5/8 + 5/8 * 3/8.
    const chance = 30 / 64;
    expect(row(rows, 'strict', 'mild', 'skill')).toMatchObject({ texts: 4, raw: 0.75 });
    expect(row(rows, 'strict', 'mild', 'skill')?.kappa).toBeCloseTo((0.75 - chance) / (1 - chance), 12);
  });

  it('has no kappa where both give one verdict throughout', () => {
    expect(row(rows, 'strict', 'mild', 'topic')).toMatchObject({ texts: 4, raw: 1, kappa: null });
  });

  it('compares what graders say of the length, not what the rule makes of it', () => {
    expect(row(rows, 'strict', 'mild', 'length')).toMatchObject({ texts: 4, raw: 0.5, kappa: 0 });
  });

  it('lists every pair of graders, also without a text in common', () => {
    expect(rows.filter(({ k, skill }) => k === undefined && skill === undefined)).toHaveLength(4 * 4);
    expect(row(rows, 'mild', 'third', 'skill')).toMatchObject({ texts: 0, raw: null, kappa: null });
  });

  it('leaves out texts that one of the two could not grade', () => {
    const gap = cell([[written([unparsable])], ...texts([1, 0, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 1])]);
    expect(row(measureAgreement([gap, mild], measuredPlan()), 'strict', 'mild', 'skill')?.texts).toBe(3);
  });

  it('pairs texts of the same arm alone', () => {
    const other = { ...mild, arm: '1' };
    expect(row(measureAgreement([strict, other], measuredPlan()), 'strict', 'mild', 'skill')?.texts).toBe(0);
  });

  it('has rows for each k and each skill, which hold the points of that k and that skill alone', () => {
    const deep = cell(texts([1, 1, 1, 1, 1, 1]), { k: 3 });
    const both = [strict, mild, deep, { ...deep, grader: 'mild' }];
    const split = measureAgreement(both, measuredPlan()).filter(({ graders }) => graders.join() === 'strict,mild');
    const at = (k?: number, skill?: string) =>
      split.find((one) => one.point === 'skill' && one.k === k && one.skill === skill);
    expect(at(2)).toMatchObject({ texts: 4, raw: 0.75 });
    expect(at(3)).toMatchObject({ texts: 1, raw: 1, kappa: null, alpha: null });
    expect(at()).toMatchObject({ texts: 5, raw: 9 / 11 });
    // First skill point: 1 1, 1 1, 0 0, 0 0; second: 1 1, 0 1, 0 1, 0 0. The third of k = 3 has no name here.
    expect(at(undefined, 'simile')).toMatchObject({ texts: 5, raw: 1, kappa: 1, alpha: 1 });
    expect(at(undefined, 'tricolon')).toMatchObject({ texts: 5, raw: 3 / 5 });
  });

  it('has all graders in one row where there are more than two, with what one of them left out', () => {
    const third = cell([[written([unparsable])], ...texts([1, 0, 1, 1, 0], [0, 0, 1, 1, 1], [1, 0, 1, 1, 1])], {
      grader: 'third',
    });
    const all = measureAgreement([strict, mild, third], measuredPlan()).find(
      (one) => one.graders.length === 3 && one.point === 'skill' && one.k === undefined && one.skill === undefined,
    );
    // 22 ratings, 10 of one value and 12 of the other; three units of three disagree, each by 2 ordered pairs of 2.
    expect(all).toMatchObject({ texts: 4, kappa: null, raw: 14 / 20 });
    expect(all?.alpha).toBeCloseTo(1 - (21 * 6) / (2 * 10 * 12), 12);
  });
});
