import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HypothesisResult, Results } from '../../../contracts/results.ts';
import { renderReport } from '../../../domain/report/render-report.ts';
import { rowsOf } from '../../support/read-html.ts';
import { makeSyntheticInput } from '../../support/synthetic-study.ts';
import { faultsOf, measuredTables } from '../../support/table-rules.ts';

const input = makeSyntheticInput();

const under = (grader: string, independent: boolean, difference: number): HypothesisResult['graders'][number] => ({
  ...{ grader, independent, pairs: 300, difference, ci: [difference - 0.06, difference + 0.06] },
  conclusion: difference > 0.06 ? 'above' : 'open',
});

const hypothesis = (given: Partial<HypothesisResult> = {}): HypothesisResult => ({
  ...{
    id: 'beyond-base',
    student: 'tiny',
    arm: '1,2,3',
    against: 'base',
    k: [4, 5],
    setting: 'train',
    grader: 'strict',
  },
  ...{ metric: 'fullMarks', alternative: 'two-sided', margin: null, pairs: 300, difference: 0.2, se: 0.03 },
  ...{ ci: [0.14, 0.26], bootstrap: [0.13, 0.27], crossed: [0.05, 0.35], trainings: 1, test: 'monte-carlo' },
  ...{ influence: { skill: 'hedging', without: 0.11, pairs: 200 }, p: 0.00001, adjusted: 0.00003, upheld: true },
  graders: [under('lenient', true, 0.01), under('strict', false, 0.2)],
  ...given,
});

const gain = (k: number[], equivalent: boolean): NonNullable<Results['gains']>[number] => ({
  ...{ student: 'tiny', arm: '1,2,3', against: 'base', k, grader: 'strict', metric: 'fullMarks' },
  ...{ heldOut: 0.1, train: 0.12, difference: -0.02, se: 0.02, ci: [-0.06, 0.02], margin: 0.1, p: 0.0004, equivalent },
});

describe('hypotheses in the report', () => {
  let page: string;
  beforeAll(async () => {
    const hypotheses = [
      hypothesis(),
      hypothesis({ id: 'open', upheld: false, adjusted: 0.2 }),
      hypothesis({ id: 'alike', margin: 0.1, test: 'equivalence', difference: 0.01 }),
      hypothesis({ id: 'unmeasured', difference: null, p: null, adjusted: null, upheld: null, influence: null }),
    ];
    const behind = { ...gain([3], false), ci: [-0.4, -0.2] as const };
    const gains = [gain([2], false), behind, gain([2, 3], true)];
    page = await renderReport({ ...input, results: { ...input.results, hypotheses, gains } });
  });

  it('stand before everything exploratory, with p after Holm and a verdict', () => {
    expect(page.indexOf('Hypotheses frozen in the plan</h2>')).toBeGreaterThan(0);
    expect(page.indexOf('Hypotheses frozen in the plan</h2>')).toBeLessThan(
      page.indexOf('Exploratory: differences between arms</h2>'),
    );
    const [, ...rows] = rowsOf(page, 'Hypotheses frozen in the plan,');
    expect(rows.map((row) => [row[0], row.at(-2), row.at(-1)])).toEqual([
      ['beyond-base', '< 0.001', 'above'],
      ['open', '0.200', 'not told apart'],
      ['alike', '< 0.001', 'equivalent'],
      ['unmeasured', 'n/a', 'n/a'],
    ]);
    expect(page).toContain('exclude training variance');
  });

  it('say whether each conclusion survives another grader, the independent ones first', () => {
    const [, ...rows] = rowsOf(page, 'Does each conclusion survive').filter((row) => row.length > 1);
    expect(rows.slice(0, 2).map((row) => [row[0], row[1], row.at(-2), row.at(-1)])).toEqual([
      ['lenient', 'no', 'open', 'no'],
      ['strict', 'yes', 'above', 'its own grader'],
    ]);
  });

  it('show the gains averaged over k first, and call none equivalent that is not', () => {
    const [, ...rows] = rowsOf(page, 'Gain on held-out skills less');
    expect(rows.map((row) => [row[2], row.at(-1)])).toEqual([['2 and 3', 'equivalent, within 0.1']]);
    const [, ...atEach] = rowsOf(page.split('The same at each k')[1] ?? '', 'Gain on held-out skills less');
    expect(atEach.map((row) => [row[2], row.at(-1)])).toEqual([
      ['2', 'open'],
      ['3', 'less on held-out'],
    ]);
  });

  it('owe the reader grader, denominator, error and level in every table', () => {
    expect(faultsOf(page)).toEqual([]);
    expect(measuredTables(page).length).toBeGreaterThan(8);
    const bare = page.replace(/<caption>.*?<\/caption>/gs, '<caption>Numbers.</caption>');
    expect(faultsOf(bare)).toContainEqual({ table: 'Numbers.', lacks: 'what ± is' });
  });

  it('are missed openly where a study announces none', async () => {
    expect(await renderReport(input)).toContain('announces no hypothesis');
  });
});
