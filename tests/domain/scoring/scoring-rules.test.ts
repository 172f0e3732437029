/** The rules of scoring, each by its name, where that rule alone decides what `results.json` says. */
import { describe, expect, it } from '@jest/globals';
import type { TextOutcome } from '../../../contracts/outcomes.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { scoreCell } from '../../../domain/scoring/score-cell.ts';
import { cell, graded, measuredPlan, missing, unparsable, written } from '../../support/measured-plan.ts';

const full = graded(1, 1, 1, 1, 1);
const none = graded(0, 0, 0, 0, 0);
const good = written([full, full, full]);
const bad = written([none, none, none]);
const failed: TextOutcome = { end: 'failed', reason: 'bad request' };

/** What a cell says of its items, each given by its generations. */
const scored = (...items: readonly TextOutcome[][]) =>
  scoreCell(cell(items), measuredPlan({ items: items.length, generations: items[0]?.length ?? 1 }), 0);
const fullMarks = (text: TextOutcome) => scored([text]).metrics.fullMarks.mean;

describe('the rule of scoring', () => {
  it('majority: a point is earned where more than half of the readable gradings give it in full', () => {
    const oneShort = graded(0, 1, 1, 1, 1);
    expect(fullMarks(written([full, full, oneShort]))).toBe(1);
    expect(fullMarks(written([full, oneShort, oneShort]))).toBe(0);
    expect(fullMarks(written([full, oneShort, unparsable]))).toBe(0);
    expect(fullMarks(written([full, unparsable, missing]))).toBe(1);
    expect(fullMarks(written([full, graded(0.5, 1, 1, 1, 1), graded(0.5, 1, 1, 1, 1)]))).toBe(0);
  });

  it('majority: points are decided one by one, before they make a metric', () => {
    const each = [graded(0, 1, 1, 1, 1), graded(1, 0, 1, 1, 1), graded(1, 1, 0, 1, 1)];
    expect(fullMarks(written(each))).toBe(1);
  });

  it('max: a combination has the best of its generations, and cells the mean over combinations', () => {
    const { metrics, metricsMeanOverGenerations } = scored([bad, good, bad], [bad, bad, bad]);
    expect(metrics.fullMarks.mean).toBe(1 / 2);
    expect(metricsMeanOverGenerations.fullMarks.mean).toBeCloseTo(1 / 6, 12);
  });

  it('max: each metric has a best generation of its own', () => {
    const allSkillsOffTopic = written(Array(3).fill(graded(1, 1, 0, 1, 1)));
    const halfTheSkills = written(Array(3).fill(graded(1, 0, 1, 1, 1)));
    const { metrics } = scored([allSkillsOffTopic, halfTheSkills]);
    expect(metrics.fullMarks.mean).toBe(0);
    expect(metrics.allSkills.mean).toBe(1);
    expect(metrics.skillFraction.mean).toBe(1 / 2);
  });

  it.each([
    [2, 'One.', 1],
    [2, 'One. Two.', 0],
    [3, 'One. Two.', 1],
    [3, 'One. Two. Three.', 0],
  ])('limit: of k = %d skills %j earns %d for its length, whatever graders say', (k, text, point) => {
    const rest = new Array<number>(k + 2).fill(1);
    for (const verdict of [0, 1]) {
      const outcome = written(Array(3).fill(graded(...rest, verdict)), text);
      const { metrics, points } = scoreCell(cell([[outcome]], { k }), measuredPlan({ k }), 0);
      expect(points?.find((figure) => figure.point === 'length')?.mean).toBe(point);
      expect(metrics.fullMarks.mean).toBe(point);
      expect(metrics.allSkills.mean).toBe(1);
      expect(metrics.skillFraction.mean).toBe(point);
    }
  });

  it('deduction: a skill that the text names loses its own point, where the study says so', () => {
    const text = written([full, full, full], 'Here is a tricolon.');
    const skillFraction = (deductNames: 'off' | 'names' | 'inflected') => {
      const plan = measuredPlan();
      const evaluation = { ...plan.science.evaluation, deductNames };
      const switched = { ...plan, science: { ...plan.science, evaluation } } as Plan;
      return scoreCell(cell([[text]]), switched, 0).metrics.skillFraction.mean;
    };
    expect(skillFraction('off')).toBe(1);
    expect(skillFraction('names')).toBe(1 / 2);
    expect(skillFraction('inflected')).toBe(1 / 2);
  });

  it('missing: failed texts and texts without a readable grading are in no mean, and in both bounds', () => {
    const unread = written([unparsable, missing, unparsable]);
    const { metrics, counts } = scored([good], [failed], [unread], [bad]);
    expect(metrics.fullMarks).toMatchObject({ mean: 1 / 2, bounds: [1 / 4, 3 / 4] });
    expect(counts).toMatchObject({ planned: 4, generated: 3, failed: 1, graded: 6, unparsable: 2, missing: 1 });
  });

  it.each(['refused', 'truncated'] as const)('missing: a %s text is not, and scores 0', (end) => {
    const { metrics } = scored([good], [{ end }]);
    expect(metrics.fullMarks).toMatchObject({ mean: 1 / 2, bounds: [1 / 2, 1 / 2] });
  });
});
