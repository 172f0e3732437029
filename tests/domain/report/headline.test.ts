/** The first sentence of the report, and the forest plot below it. */
import { describe, expect, it } from '@jest/globals';
import type { Comparison, HypothesisResult, Results } from '../../../contracts/results.ts';
import { layoutOf } from '../../../domain/report/page/layout.ts';
import { renderForest } from '../../../domain/report/sections/forest-figure.ts';
import { renderHeadline } from '../../../domain/report/sections/headline.ts';
import { textOf } from '../../support/read-html.ts';
import { makeSyntheticInput } from '../../support/synthetic-study.ts';

const { plan, results } = makeSyntheticInput();

const given = (changed: Partial<Results>) => {
  const all = { ...results, ...changed };
  return { plan, results: all, layout: layoutOf(plan, all) };
};
const headlineOf = (changed: Partial<Results>): string =>
  textOf(String(renderHeadline(given(changed)))).replaceAll('\u00a0', ' ');
const each = (change: Partial<Comparison>) => ({
  comparisons: results.comparisons.map((row) => ({ ...row, ...change })),
});

describe('the headline', () => {
  it('tells one difference with one interval, on held-out skills at k = 3', () => {
    const text = headlineOf(each({ difference: 0.3, ci: [0.25, 0.354] }));
    expect(text).toContain(
      'Of 100 combinations of held-out skills and topics at k = 3, arm 1,2,3 earns full marks on 30.0 more than arm base (95 % interval 25.0 to 35.4), by grader strict.',
    );
    expect(text.match(/interval/g)).toHaveLength(1);
    expect(text).toContain('Exploratory');
  });

  it('turns the interval of a loss the way its sentence reads', () => {
    expect(headlineOf(each({ difference: -0.12, ci: [-0.14, -0.1] }))).toContain(
      '12.0 fewer than arm base (95 % interval 10.0 to 14.0)',
    );
  });

  it('claims nothing where the interval contains 0, or where nothing can be compared', () => {
    const text = headlineOf(each({ difference: 0.1, ci: [-0.02, 0.22] }));
    expect(text).toContain('cannot be told apart from arm base (difference +10.0, 95 % interval \u22122.0 to +22.0)');
    expect(text).not.toMatch(/more than|fewer than/);
    expect(headlineOf(each({ difference: null, ci: null }))).toContain('cannot be compared with arm base yet');
    expect(headlineOf({ comparisons: [] })).toContain('No difference between arms can be told yet.');
  });

  it('is the first test of full marks that the plan announced, however it came out', () => {
    const place = { student: 'tiny', arm: '1', against: 'base', setting: 'train', grader: 'lenient', margin: null };
    const test = { ...place, metric: 'fullMarks', k: [2, 4], difference: -0.01, ci: [-0.1, 0.08] };
    const equivalence = { ...test, arm: '1,2', margin: 0.1 };
    const other = { ...test, arm: '1,2', metric: 'skillFraction' };
    const text = headlineOf({ hypotheses: [equivalence, other, test] as unknown as HypothesisResult[] });
    expect(text).toContain('of train skills and topics at k = 2 and 4, arm 1 cannot be told apart from arm base');
    expect(text).toContain('The plan announced this test before the first call.');
  });
});

describe('the forest plot', () => {
  const forestOf = async (changed: Partial<Results>): Promise<string> =>
    String(await renderForest({ ...given(changed), number: 2 }));
  const marksOf = (page: string): number => page.split('aria-roledescription="point"').length - 1;

  it('draws a mark for each difference, and names each in its description', async () => {
    const page = await forestOf({});
    const drawn = results.comparisons.filter(
      ({ metric, against, difference }) => metric === 'fullMarks' && difference !== null && against === 'base',
    );
    expect(marksOf(page)).toBeGreaterThanOrEqual(drawn.length);
    for (const { arm, k } of drawn) expect(page).toContain(`${arm} \u2212 base k=${k} `);
  });

  it('draws nothing where a difference has no interval, and no figure at all without one', async () => {
    const [, ...others] = results.comparisons.filter(
      ({ against, metric }) => against === 'base' && metric === 'fullMarks',
    );
    const [first] = results.comparisons.filter(({ against, metric }) => against === 'base' && metric === 'fullMarks');
    const whole = marksOf(await forestOf({ comparisons: [first!, ...others] }));
    expect(marksOf(await forestOf({ comparisons: [{ ...first!, ci: null }, ...others] }))).toBe(whole - 1);
    expect(await renderForest({ ...given(each({ difference: null, ci: null })), number: 2 })).toBeNull();
  });
});
