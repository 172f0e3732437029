/** What the report claims at its top, and what it says against itself. */
import { describe, expect, it } from '@jest/globals';
import type { Comparison, HypothesisResult } from '../../../contracts/results.ts';
import { formatNumber } from '../../../domain/report/page/format.ts';
import { layoutOf } from '../../../domain/report/page/layout.ts';
import type { ReportInput } from '../../../domain/report/page/report-input.ts';
import { caveatsOf } from '../../../domain/report/sections/caveats.ts';
import { renderMethod } from '../../../domain/report/sections/method-section.ts';
import { renderSummary } from '../../../domain/report/sections/summary.ts';
import { textOf } from '../../support/read-html.ts';
import { makeSyntheticInput } from '../../support/synthetic-study.ts';

const input = makeSyntheticInput();

const summaryOf = (given: ReportInput): string =>
  textOf(String(renderSummary({ ...given, layout: layoutOf(given.plan, given.results) })));

const withComparisons = (change: (row: Comparison) => Comparison): ReportInput => ({
  ...input,
  results: { ...input.results, comparisons: input.results.comparisons.map(change) },
});

describe('the summary', () => {
  it('tells held-out skills at the largest k as well as at k = 3, each score with its interval', () => {
    const text = summaryOf(input);
    for (const k of [3, 5])
      expect(text).toMatch(
        new RegExp(
          `at k = ${k} on held-out skills and topics it scores [\\d.]+.% \\(95.% interval [\\d.]+ to [\\d.]+\\): `,
        ),
      );
    expect(text).toContain('300 pairs of combinations each');
  });

  it('says how many of its differences the plan announced, and that nothing corrects for the others', () => {
    expect(summaryOf(input)).toContain(
      'none is a hypothesis of the plan: they are exploratory, and nothing corrects for their number',
    );
    const place = { student: 'tiny', arm: '1,2,3', against: 'base', setting: 'held-out', grader: 'strict' };
    const announced = (k: number[]) => [{ ...place, k, metric: 'fullMarks' } as unknown as HypothesisResult];
    const withHypothesis = (k: number[]) =>
      summaryOf({ ...input, results: { ...input.results, hypotheses: announced(k) } });
    expect(withHypothesis([3])).toContain('1 is a hypothesis of the plan; the others are exploratory');
    expect(withHypothesis([3, 4])).toContain('none is a hypothesis of the plan');
  });

  it('tells in full what another grader reads otherwise, and no more', () => {
    const clear = (row: Comparison): Comparison => ({ ...row, difference: 0.3, ci: [0.2, 0.4] });
    expect(summaryOf(withComparisons(clear))).toContain('By grader lenient 9 of the 9 read the same.');
    const text = summaryOf(
      withComparisons((row) =>
        row.grader === 'lenient' && row.setting === 'held-out' && row.k === 5 && row.against === 'base'
          ? { ...row, difference: 0.1, ci: [-0.1, 0.3] }
          : clear(row),
      ),
    );
    expect(text).toMatch(
      /8 of the 9 read the same; otherwise: at k = 5 on held-out skills and topics not told apart from arm base \(.*?\)\. /,
    );
  });
});

describe('a number', () => {
  it('is rounded as readers do, ties away from 0, whatever its binary form', () => {
    expect([3 / 80, 39 / 40, 0.2875, -0.0375, 0.5375].map((value) => formatNumber(value, 3))).toEqual([
      ...['0.038', '0.975', '0.288', '\u22120.038', '0.538'],
    ]);
    expect([39 / 40, 0.175, 0.325].map((value) => formatNumber(value, 2))).toEqual(['0.98', '0.18', '0.33']);
    expect(formatNumber(0.03749, 3)).toBe('0.037');
    expect(formatNumber(0, 2)).toBe('0.00');
  });
});

describe('what the report says against itself', () => {
  it('names a second grader that has the rules of the first', () => {
    const { science } = input.plan;
    const lab = science.graders.map((grader) => ({ ...grader, model: `lab-${grader.id}` }));
    const caveats = (graders: typeof lab): string =>
      caveatsOf({ ...input.plan, science: { ...science, graders } }, input.results).join(' ');
    expect(caveats(lab)).toContain('Grader lenient has the rules of grader strict');
    expect(caveats(lab.slice(0, 1))).not.toContain('has the rules of grader');
  });

  it('counts distinct combinations and skill sets where a list repeats itself', () => {
    const evaluation = input.plan.evaluation.map((list) => ({ ...list, items: list.items.slice(0, 2) }));
    const [twice] = evaluation[0]?.items ?? [];
    const repeated = evaluation.map((list, index) => (index === 0 ? { ...list, items: [twice!, twice!] } : list));
    const text = textOf(String(renderMethod({ ...input.plan, evaluation: repeated })));
    expect(text).toContain('of one cell’s, 1 to 2 are distinct, with 1 to 2 distinct sets of skills');
  });
});
