import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GradingOutcome, TextOutcome } from '../../../contracts/outcomes.ts';
import type { EvaluationPlan } from '../../../contracts/plan.ts';
import { METRICS } from '../../../contracts/results.ts';
import { scoreCell } from '../../../domain/scoring/score-cell.ts';
import { cell, graded, measuredPlan, missing, unparsable, written } from '../../support/measured-plan.ts';

const full = graded(1, 1, 1, 1, 1);
const none = graded(0, 0, 0, 0, 0);
const thrice = (grading: GradingOutcome) => written([grading, grading, grading]);
const failed: TextOutcome = { end: 'failed', reason: 'bad request' };

describe('scoreCell', () => {
  it('counts every planned text and grading once', () => {
    const plan = measuredPlan({ items: 2, generations: 3 });
    const outcome = cell([
      [thrice(full), { end: 'refused' }, { end: 'truncated' }],
      [failed, written([full, unparsable, missing]), thrice(none)],
    ]);
    expect(scoreCell(outcome, plan, 0.25).counts).toEqual({
      planned: 6,
      generated: 3,
      refused: 1,
      truncated: 1,
      failed: 1,
      gradingsPlanned: 9,
      graded: 7,
      unparsable: 1,
      missing: 1,
    });
  });

  it('has the mean of the best generation over combinations, and the mean over generations beside it', () => {
    const plan = measuredPlan({ items: 2, generations: 2 });
    const scored = scoreCell(
      cell([
        [thrice(full), thrice(none)],
        [thrice(none), thrice(none)],
      ]),
      plan,
      0,
    );
    expect(scored.metrics.fullMarks).toMatchObject({ mean: 0.5, se: 0.5, bounds: [0.5, 0.5] });
    expect(scored.metricsMeanOverGenerations.fullMarks).toMatchObject({ mean: 0.25, se: 0.25 });
  });

  it('never counts what is missing as 0, and bounds the mean by it', () => {
    const plan = measuredPlan({ items: 4 });
    const outcome = cell([
      [thrice(full)],
      [failed],
      [written([unparsable, unparsable, missing])],
      [{ end: 'refused' }],
    ]);
    const { mean, bounds } = scoreCell(outcome, plan, 0).metrics.fullMarks;
    expect(mean).toBe(0.5);
    expect(bounds).toEqual([0.25, 0.75]);
  });

  it('has no mean but full bounds when everything is missing', () => {
    const { metrics } = scoreCell(cell([[failed]]), measuredPlan(), 0);
    expect(metrics.fullMarks).toEqual({ mean: null, se: null, ci: null, bounds: [0, 1] });
  });

  it('refuses outcomes that do not account for every planned text or grading, and names the cell', () => {
    expect(() => scoreCell(cell([[thrice(full)]]), measuredPlan({ items: 2 }), 0)).toThrow(
      'tiny, arm base, replicate 0, partition 0, k = 2, train, grader strict: 2 texts are planned and 1 accounted for',
    );
    expect(() => scoreCell(cell([[written([full])]]), measuredPlan(), 0)).toThrow(
      '3 gradings are planned and 1 accounted for',
    );
    expect(() => scoreCell(cell([], { setting: 'moon' }), measuredPlan(), 0)).toThrow('no such cell');
  });

  it('is counted by the list of its own partition, k and setting', () => {
    const plan = measuredPlan({ items: 2, partitions: 2 });
    const [first, second] = plan.evaluation as [EvaluationPlan, EvaluationPlan];
    const other = [
      { ...first, k: 3, items: [] },
      { ...second, items: second.items.slice(1) },
    ];
    const evaluation = [{ ...first, setting: 'held-out', items: [] }, ...other, first];
    const counted = (items: number, partition: number) =>
      scoreCell(cell(Array(items).fill([thrice(full)]), { partition }), { ...plan, evaluation }, 0).counts.planned;
    expect([counted(2, 0), counted(1, 1)]).toEqual([2, 1]);
  });

  it('keeps mean and interval order within the bounds for any outcomes', () => {
    const grading = fc.oneof(
      fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 5, maxLength: 5 }).map((points) => graded(...points)),
      fc.constantFrom(unparsable, missing),
    );
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.array(grading, { minLength: 3, maxLength: 3 }).map((list) => written(list)) },
      fc.constantFrom<TextOutcome>(failed, { end: 'refused' }, { end: 'truncated' }),
    );
    const items = fc.array(fc.array(text, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 8 });
    const rules = fc.record({
      gradings: fc.constantFrom('majority', 'mean', 'all'),
      generations: fc.constantFrom('max', 'mean'),
    });
    fc.assert(
      fc.property(items, rules, (outcomes, aggregate) => {
        const plan = measuredPlan({ items: outcomes.length, generations: 2, aggregate });
        const scored = scoreCell(cell(outcomes), plan, 0);
        const { counts } = scored;
        expect(counts.generated + counts.refused + counts.truncated + counts.failed).toBe(counts.planned);
        expect(counts.graded + counts.unparsable + counts.missing).toBe(counts.gradingsPlanned);
        for (const metric of METRICS) {
          const { mean, ci, bounds } = scored.metrics[metric];
          expect(bounds[0]).toBeLessThanOrEqual(bounds[1]);
          if (mean === null || ci === null) continue;
          expect(mean).toBeGreaterThanOrEqual(Math.min(ci[0], 1) - 1e-12);
          expect(mean).toBeLessThanOrEqual(ci[1] + 1e-12);
          expect(scored.metricsMeanOverGenerations[metric].bounds[0]).toBeLessThanOrEqual(bounds[1] + 1e-12);
        }
      }),
      { numRuns: 400 },
    );
  });
});
