import { describe, expect, it } from '@jest/globals';
import type { CellOutcome } from '../../../contracts/outcomes.ts';
import { pairArms, tabulateScores } from '../../../domain/comparing/score-table.ts';
import { cell, graded, measuredPlan, written } from '../../support/measured-plan.ts';

/** One generation for each combination: full marks, none, or a text that failed. */
const scores = (values: readonly (0 | 1 | null)[], identity: Partial<CellOutcome> = {}) => {
  const text = (score: 0 | 1) => written(Array(3).fill(graded(...Array<number>((identity.k ?? 2) + 3).fill(score))));
  return cell(
    values.map((score) => [score === null ? { end: 'failed', reason: 'bad request' } : text(score)]),
    identity,
  );
};
const tabulate = (...cells: CellOutcome[]) => tabulateScores(cells, measuredPlan(), ['fullMarks']);
const pair = (...cells: CellOutcome[]) => pairArms(tabulate(...cells), '1', 'base');

describe('a table of scores', () => {
  it('is one for each student, k, setting and grader', () => {
    const others = [{ student: 'large' }, { k: 3 }, { setting: 'held-out' }, { grader: 'mild' }];
    const tables = tabulate(scores([1]), ...others.map((other) => scores([0], other)), scores([1], { arm: '1' }));
    expect(tables.map(({ student, k, setting, grader }) => [student, k, setting, grader])).toEqual([
      ['tiny', 2, 'train', 'strict'],
      ['large', 2, 'train', 'strict'],
      ['tiny', 3, 'train', 'strict'],
      ['tiny', 2, 'held-out', 'strict'],
      ['tiny', 2, 'train', 'mild'],
    ]);
    expect([...tables[0]!.arms.keys()]).toEqual(['base', '1']);
  });

  it('pools partitions one after another, with no score where an arm was not measured', () => {
    const [table] = tabulate(
      scores([1], { partition: 1 }),
      scores([0, 1], { partition: 0 }),
      scores([1, null], { partition: 0, arm: '1' }),
    );
    expect(table?.combinations).toHaveLength(3);
    expect(table?.arms.get('base')).toStrictEqual([[1, 0, 1]]);
    expect(table?.arms.get('1')).toStrictEqual([[null, 1, null]]);
  });

  it('has every combination that any cell has', () => {
    const [short, long] = [scores([1]), scores([0, 1], { arm: '1' })];
    for (const cells of [[short, long] as const, [long, short] as const])
      expect(tabulate(...cells)[0]?.combinations).toHaveLength(2);
  });
});

describe('two arms', () => {
  it('differ where both have a score', () => {
    const paired = pair(scores([1, 1, null, 0], { arm: '1' }), scores([0, null, 0, 1]));
    expect(paired?.differences).toEqual([1, null, null, -1]);
  });

  it('have the mean of each training on the combinations that make pairs', () => {
    const paired = pair(
      scores([1, 1, 1, 0], { arm: '1', replicate: 0 }),
      scores([0, null, 1, null], { arm: '1', replicate: 1 }),
      scores([0, 1, null, 1]),
    );
    expect(paired?.differences).toEqual([1 / 2, 0, null, -1]);
    expect(paired?.trainings).toEqual([[2 / 3, 0], [2 / 3]]);
  });

  it('leave a training without a score on any pair out', () => {
    const paired = pair(
      scores([1, 0], { arm: '1', replicate: 0 }),
      scores([null, 1], { arm: '1', replicate: 1 }),
      scores([0, null]),
    );
    expect(paired?.trainings).toEqual([[1], [0]]);
  });

  it('are pooled over tables, also where a training is not in all of them', () => {
    const paired = pair(
      scores([1], { arm: '1', replicate: 0 }),
      scores([0], { arm: '1', replicate: 1 }),
      scores([0]),
      scores([1], { arm: '1', replicate: 0, k: 3 }),
      scores([1], { k: 3 }),
    );
    expect(paired?.differences).toEqual([1 / 2, 0]);
    expect(paired?.trainings).toEqual([[1, 0], [1 / 2]]);
  });

  it('are no pair where one of them was measured nowhere', () => {
    expect(pair(scores([1]))).toBeUndefined();
  });
});
