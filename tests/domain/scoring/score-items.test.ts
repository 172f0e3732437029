import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TextOutcome } from '../../../contracts/outcomes.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { compareArms } from '../../../domain/comparing/compare.ts';
import { tabulateScores } from '../../../domain/comparing/score-table.ts';
import { scoreCell } from '../../../domain/scoring/score-cell.ts';
import { commonGenerations, scoreItems, type Switches } from '../../../domain/scoring/score-items.ts';
import { variantsOf } from '../../../domain/scoring/score-variants.ts';
import { meanOfMaxima, scoreItem } from '../../../domain/scoring/scoring.ts';
import { parseCatalog, polynomials } from '../../support/checked-catalog.ts';
import { catalog, cell, graded, measuredPlan, missing, unparsable, written } from '../../support/measured-plan.ts';

const full = (text?: string) => written(Array(3).fill(graded(1, 1, 1, 1, 1)), text);
const none = written(Array(3).fill(graded(0, 0, 0, 0, 0)));
const failed: TextOutcome = { end: 'failed', reason: 'bad request' };

/** The measured plan, with switches and with common skills. */
function planWith(switches: Partial<Switches>, common: readonly string[] = [], options = {}): Plan {
  const plan = measuredPlan(options);
  const skills = plan.catalog.skills.map((skill) => ({ ...skill, common: common.includes(skill.id) }));
  const evaluation = { ...plan.science.evaluation, ...switches };
  return { ...plan, catalog: { ...plan.catalog, skills }, science: { ...plan.science, evaluation } };
}

/** All choices of `draws` among the scores. */
const choose = (scores: readonly number[], draws: number): number[][] =>
  draws === 0
    ? [[]]
    : scores.flatMap((score, index) => choose(scores.slice(index + 1), draws - 1).map((rest) => [score, ...rest]));

describe('meanOfMaxima', () => {
  it('is the mean of the largest over all choices', () => {
    const scores = fc.array(fc.constantFrom(0, 0.25, 0.5, 1), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 1, max: 7 }), (list, draws) => {
        const all = choose(list, Math.min(draws, list.length)).map((chosen) => Math.max(...chosen));
        expect(meanOfMaxima(list, draws)).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / all.length, 12);
      }),
    );
  });

  it('estimates without bias: a fair coin is 3/4 at two draws, of however many generations', () => {
    const coins = [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c])));
    const mean = coins.reduce((sum, coin) => sum + meanOfMaxima(coin, 2), 0) / coins.length;
    expect(mean).toBeCloseTo(0.75, 12);
  });

  it('lies within the bounds of what is missing', () => {
    const scores = fc.array(fc.constantFrom(0, 0.5, 1, null), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(scores, (generations) => {
        const known = generations.filter((score) => score !== null).length;
        fc.pre(known > 0);
        for (let draws = 1; draws <= known; draws += 1) {
          const { value, low, high } = scoreItem(generations, 'max', draws);
          expect(low).toBeLessThanOrEqual((value ?? 0) + 1e-12);
          expect(high).toBeGreaterThanOrEqual((value ?? 1) - 1e-12);
        }
      }),
    );
  });
});

describe('a cell with failed generations', () => {
  const plan = measuredPlan({ items: 3, generations: 3 });
  const broken = cell([
    [full(), none, none],
    [full(), none, failed],
    [none, written([unparsable, missing, unparsable]), full()],
  ]);

  it('takes the best of as many generations as all its items have, and says how many', () => {
    expect(commonGenerations([broken])).toBe(2);
    const { metrics, generationsUsed } = scoreCell(broken, plan, 0);
    expect(generationsUsed).toBe(2);
    expect(metrics.fullMarks.mean).toBeCloseTo((2 / 3 + 1 + 1) / 3, 12);
  });

  it('has the best of all generations where none is missing', () => {
    const whole = cell([
      [full(), none, none],
      [none, none, none],
      [none, none, none],
    ]);
    expect(scoreCell(whole, plan, 0)).toMatchObject({ generationsUsed: 3, metrics: { fullMarks: { mean: 1 / 3 } } });
  });

  it('is compared with another cell at the number that both have', () => {
    const whole = cell(
      [
        [full(), none, none],
        [full(), none, none],
        [full(), none, none],
      ],
      { arm: '1' },
    );
    const [row] = compareArms({
      tables: tabulateScores([broken, whole], plan, ['fullMarks']),
      plan,
      hash: 'plan',
      contrasts: [{ arm: '1', against: 'base' }],
    });
    expect(row?.difference).toBeCloseTo((0 + (2 / 3 - 1) + (2 / 3 - 1)) / 3, 12);
  });

  it('has as many generations as can be scored: refused and truncated ones, and those that need no grading', () => {
    const count = (...texts: TextOutcome[]) => commonGenerations([cell([texts])]);
    expect(count(full(), { end: 'refused' }, { end: 'truncated' })).toBe(3);
    expect(count(full(), failed)).toBe(1);
    expect(count(full(), written([unparsable, missing]))).toBe(1);
    expect(count(full(), written([]))).toBe(2);
  });

  it('has its variants at the same number', () => {
    const { variants } = scoreCell(broken, plan, 0);
    expect(variants?.deductNames?.fullMarks.mean).toBeCloseTo((2 / 3 + 1 + 1) / 3, 12);
  });

  it('counts an item of which everything is missing neither in the number nor in the mean', () => {
    const gone = cell([
      [full(), none, none],
      [failed, failed, failed],
      [none, none, none],
    ]);
    expect(scoreCell(gone, plan, 0)).toMatchObject({ generationsUsed: 3, metrics: { fullMarks: { mean: 0.5 } } });
    expect(scoreCell(cell([[failed], [failed], [failed]]), measuredPlan({ items: 3 }), 0).generationsUsed).toBe(0);
  });
});

describe('the switches of scoring', () => {
  const score = (plan: Plan, text: string) =>
    scoreItems(cell([[full(text)]]), plan, 'max')[0]?.scores.fullMarks.value ?? null;

  it('take the point of a named skill, or not', () => {
    const named = 'A tricolon in one sentence.';
    expect(score(planWith({}), named)).toBe(1);
    expect(score(planWith({ deductNames: 'names' }), named)).toBe(0);
    expect(score(planWith({ deductNames: 'names' }), 'A tri-colon here.')).toBe(1);
    expect(score(planWith({ deductNames: 'inflected' }), 'Simile-like similes.')).toBe(0);
  });

  it('deduct from each skill its own point and no other', () => {
    const plan = planWith({ deductNames: 'names' });
    expect(scoreCell(cell([[full('A tricolon here.')]]), plan, 0).metrics.skillFraction.mean).toBe(0.5);
    expect(scoreCell(cell([[full('A tricolon and a simile.')]]), plan, 0).metrics.skillFraction.mean).toBe(0);
  });

  it('count sentences by either rule', () => {
    const text = 'One sentence\nand another line. ok so.';
    expect(score(planWith({}), 'One here.  Two blanks part it.')).toBe(1);
    expect(score(planWith({ sentences: 'segmenter' }), 'One here.  Two blanks part it.')).toBe(0);
    expect(score(planWith({}), text)).toBe(1);
  });

  it('leave combinations with a common skill out of means and bounds, and count them all the same', () => {
    const plan = planWith({ commonSkills: 'excluded' }, ['simile'], { items: 3 });
    const { items, ...rest } = cell([[none], [failed], [full()]]);
    const rare = { skills: ['question', 'metaphor'], topic: 'knots', occurrence: 0 };
    const mixed = { ...rest, items: items.map((item, index) => (index < 2 ? item : { ...item, combination: rare })) };
    const { metrics, counts, points } = scoreCell(mixed, plan, 0);
    expect(metrics.fullMarks).toMatchObject({ mean: 1, bounds: [1, 1] });
    expect(counts).toMatchObject({ planned: 3, failed: 1 });
    expect(points?.[0]).toMatchObject({ mean: 1, n: 1, bounds: [1, 1] });
  });
});

describe('common skills', () => {
  it('are scored like others, unless the study leaves them out', () => {
    const scoredWith = (commonSkills: Switches['commonSkills']) =>
      scoreCell(cell([[full()]]), planWith({ commonSkills }, ['simile']), 0).metrics.fullMarks;
    expect(scoredWith('included')).toMatchObject({ mean: 1, bounds: [1, 1] });
    expect(scoredWith('excluded')).toEqual({ mean: null, se: null, ci: null, bounds: [0, 1] });
  });
});

describe('the variants of a cell', () => {
  it('are all ways to score that are not the study’s own', () => {
    expect(variantsOf(planWith({}))).toEqual(['deductNames', 'deductInflectedNames', 'segmenter']);
    expect(variantsOf(planWith({}, ['simile']))).toEqual([
      'deductNames',
      'deductInflectedNames',
      'withoutCommonSkills',
      'segmenter',
      'leaderboard',
    ]);
    const other = { deductNames: 'names', commonSkills: 'excluded', sentences: 'segmenter' } as const;
    expect(variantsOf(planWith(other, ['simile']))).toEqual([
      'keepNames',
      'deductInflectedNames',
      'withCommonSkills',
      'protocol',
    ]);
    expect(variantsOf(planWith({ deductNames: 'names' }, ['simile']))).toContain('leaderboard');
  });

  it('have no switch of points that programs decide', () => {
    const checked = { ...planWith({}), catalog: parseCatalog(polynomials) };
    expect(variantsOf(checked)).toEqual([]);
    expect(variantsOf({ ...checked, catalog: { ...checked.catalog, rubric: catalog.rubric } })).not.toEqual([]);
  });

  it('report each switch on and off from the same texts', () => {
    const texts = cell([[full('A tricolon.')], [full('One here.  Two.')], [full()], [failed]]);
    const on = scoreCell(texts, planWith({}, [], { items: 4 }), 0);
    expect(on.metrics.fullMarks.mean).toBe(1);
    expect(on.variants?.deductNames).toMatchObject({ n: 3, fullMarks: { mean: 2 / 3 } });
    expect(on.variants?.segmenter?.fullMarks.mean).toBeCloseTo(2 / 3, 12);
    const off = scoreCell(texts, planWith({ deductNames: 'names' }, [], { items: 4 }), 0);
    expect(off.metrics.fullMarks.mean).toBeCloseTo(2 / 3, 12);
    expect(off.variants?.keepNames).toMatchObject({ n: 3, fullMarks: { mean: 1 } });
  });

  it('leave common skills out', () => {
    const { variants } = scoreCell(cell([[full()]]), planWith({}, ['tricolon']), 0);
    expect(variants?.withoutCommonSkills).toEqual({
      n: 0,
      fullMarks: { mean: null, se: null },
      allSkills: { mean: null, se: null },
      skillFraction: { mean: null, se: null },
    });
  });
});

describe('point figures', () => {
  it('are the means of every kind of point, as scored, first over generations', () => {
    const plan = measuredPlan({ items: 3, generations: 2 });
    const mixed = written(Array(3).fill(graded(1, 0, 1, 0, 0)));
    const { points } = scoreCell(
      cell([
        [full(), mixed],
        [{ end: 'refused' }, failed],
        [failed, failed],
      ]),
      plan,
      0,
    );
    const brief = points?.map(({ point, mean, n, bounds }) => [point, mean, n, bounds[0], bounds[1]]);
    expect(brief).toEqual([
      ['skill', 0.375, 2, 0.75 / 3, 2.25 / 3],
      ['topic', 0.5, 2, 1 / 3, 2.5 / 3],
      ['sense', 0.25, 2, 0.5 / 3, 2 / 3],
      // The rule gives the point of the length where the grader withheld it.
      ['length', 0.5, 2, 1 / 3, 2.5 / 3],
    ]);
  });
});
