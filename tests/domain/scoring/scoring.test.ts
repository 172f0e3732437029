import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TextOutcome } from '../../../contracts/outcomes.ts';
import { sentenceLimit } from '../../../domain/requests/prompt-view.ts';
import {
  agree,
  gradedPoints,
  metricsOf,
  scoreItem,
  scoreText,
  type Aggregate,
} from '../../../domain/scoring/scoring.ts';
import { catalog, graded, missing, unparsable, written } from '../../support/measured-plan.ts';

const { rubric } = catalog;
const rulesOf = (gradings: Aggregate['gradings'] = 'majority', k = 2) => ({
  k,
  rubric,
  limit: sentenceLimit(rubric, k),
  aggregate: { gradings },
});
const scoresOf = (outcome: TextOutcome, gradings?: Aggregate['gradings']) => {
  const score = scoreText(outcome, rulesOf(gradings));
  return score.end === 'scored' ? score.scores : score.end;
};
const pointsOf = (outcome: TextOutcome, gradings?: Aggregate['gradings']) => {
  const score = scoreText(outcome, rulesOf(gradings));
  return score.end === 'scored' ? score.points : score.end;
};
const full = graded(1, 1, 1, 1, 1);

describe('metricsOf', () => {
  it.each([
    [[1, 1, 1, 1, 1], 1, 1, 1],
    [[1, 1, 1, 1, 0], 0, 1, 0],
    [[1, 1, 1, 0, 0], 0, 0, 0],
    [[1, 0, 1, 1, 1], 0, 0, 0.5],
    [[1, 0, 1, 1, 0], 0, 0, 0],
    [[0, 0, 1, 1, 1], 0, 0, 0],
  ])('of %j at k = 2 are %d / %d / %d', (points, fullMarks, allSkills, skillFraction) => {
    expect(metricsOf(points, 2)).toEqual({ fullMarks, allSkills, skillFraction });
  });

  it('asks for at least m - 1 of any number m of other points', () => {
    expect(metricsOf([1, 0], 1)).toEqual({ fullMarks: 0, allSkills: 1, skillFraction: 0 });
    expect(metricsOf([1, 1, 1, 1, 0], 1)).toEqual({ fullMarks: 0, allSkills: 1, skillFraction: 0 });
    expect(metricsOf([1, 1, 1, 0, 0], 1)).toEqual({ fullMarks: 0, allSkills: 0, skillFraction: 0 });
  });

  it('orders full marks below all skills and skill fraction', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 4, maxLength: 9 }), (points) => {
        const { fullMarks, allSkills, skillFraction } = metricsOf(points, points.length - 3);
        expect(fullMarks).toBeLessThanOrEqual(Math.min(allSkills, skillFraction));
      }),
    );
  });
});

describe('scoreText', () => {
  it('scores a text with all skills that is too long 0 / 1 / 0, whatever the grader says of its length', () => {
    const text = 'One sentence. And another.';
    expect(scoresOf(written([full, full, full], text))).toEqual({ fullMarks: 0, allSkills: 1, skillFraction: 0 });
  });

  it('scores a text with all skills that is too long 0 / 1 / 0 at k = 3 too, and 0 / 0 / 0 off topic as well', () => {
    const text = 'One. Two. Three.';
    const score = (...points: number[]) => {
      const outcome = written([graded(...points), graded(...points), graded(...points)], text);
      const scored = scoreText(outcome, rulesOf('majority', 3));
      return scored.end === 'scored' ? scored.scores : scored.end;
    };
    expect(score(1, 1, 1, 1, 1, 1)).toEqual({ fullMarks: 0, allSkills: 1, skillFraction: 0 });
    expect(score(1, 1, 1, 0, 1, 1)).toEqual({ fullMarks: 0, allSkills: 0, skillFraction: 0 });
  });

  it('gives the length point by the rule where the grader withholds it', () => {
    expect(scoresOf(written([graded(1, 1, 1, 1, 0)]))).toEqual({ fullMarks: 1, allSkills: 1, skillFraction: 1 });
  });

  it('takes the majority point by point', () => {
    const gradings = [graded(1, 0, 1, 1, 1), graded(1, 1, 0, 1, 1), graded(0, 1, 1, 1, 1)];
    expect(pointsOf(written(gradings))).toEqual([1, 1, 1, 1, 1]);
    expect(pointsOf(written(gradings), 'all')).toEqual([0, 0, 0, 1, 1]);
  });

  it('has the majority over the readable gradings, where a tie gives no point', () => {
    expect(pointsOf(written([full, graded(0, 1, 1, 1, 1), unparsable]))).toEqual([0, 1, 1, 1, 1]);
    expect(pointsOf(written([full, unparsable, missing]))).toEqual([1, 1, 1, 1, 1]);
  });

  it('counts a half point as no vote for the point', () => {
    expect(agree([[0.5], [1], [1]], 'majority')).toEqual([1]);
    expect(agree([[0.5], [0.5], [1]], 'majority')).toEqual([0]);
  });

  it('averages the scores of single gradings under `mean`', () => {
    const scores = scoresOf(written([full, graded(1, 0, 1, 1, 1)]), 'mean');
    expect(scores).toEqual({ fullMarks: 0.5, allSkills: 0.5, skillFraction: 0.75 });
  });

  it('scores refused and truncated 0, and holds failed and ungraded for missing', () => {
    const zero = { fullMarks: 0, allSkills: 0, skillFraction: 0 };
    expect(scoresOf({ end: 'refused' })).toEqual(zero);
    expect(scoresOf({ end: 'truncated' })).toEqual(zero);
    expect(scoresOf({ end: 'failed', reason: 'bad request' })).toBe('missing');
    expect(scoresOf(written([unparsable, missing]))).toBe('missing');
  });

  it('has no gradings of what is no text, nor unreadable ones', () => {
    expect(gradedPoints({ end: 'refused' })).toEqual([]);
    expect(gradedPoints(written([unparsable, graded(1, 0, 1, 1, 1), missing]))).toEqual([[1, 0, 1, 1, 1]]);
  });

  it('refuses a grading of another length', () => {
    expect(() => scoreText(written([graded(1, 1)]), rulesOf())).toThrow('2 points instead of 5');
  });
});

describe('scoreItem', () => {
  it('takes the best or the mean of the known generations', () => {
    expect(scoreItem([0, 1, 0], 'max')).toEqual({ value: 1, low: 1, high: 1 });
    expect(scoreItem([0, 1, 0.5], 'mean')).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
  });

  it('bounds what a missing generation could change', () => {
    expect(scoreItem([0, null], 'max')).toEqual({ value: 0, low: 0, high: 1 });
    expect(scoreItem([1, null], 'max')).toEqual({ value: 1, low: 1, high: 1 });
    expect(scoreItem([1, null], 'mean')).toEqual({ value: 1, low: 0.5, high: 1 });
    expect(scoreItem([null, null], 'max')).toEqual({ value: null, low: 0, high: 1 });
    expect(scoreItem([], 'max')).toEqual({ value: null, low: 0, high: 1 });
  });
});
