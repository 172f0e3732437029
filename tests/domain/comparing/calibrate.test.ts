import { describe, expect, it } from '@jest/globals';
import type { GradingOutcome } from '../../../contracts/outcomes.ts';
import { calibrate, type TwiceGraded } from '../../../domain/comparing/calibrate.ts';
import { combination, graded, measuredPlan, missing, unparsable } from '../../support/measured-plan.ts';

const twice = (own: GradingOutcome, variant: GradingOutcome): TwiceGraded => ({
  ...{ combination: combination(0), text: 'One sentence.', own, variant },
});

describe('a calibration', () => {
  it('has the shift of each kind of point as graders gave it, and of each metric after the rules', () => {
    const texts = [
      twice(graded(1, 1, 1, 1, 1), graded(1, 0, 1, 1, 0)),
      twice(graded(0, 0, 1, 1, 1), graded(0, 1, 1, 1, 1)),
      twice(graded(1, 1, 1, 1, 1), unparsable),
      twice(missing, graded(1, 1, 1, 1, 1)),
    ];
    const found = calibrate(texts, measuredPlan());
    expect(found).toMatchObject({
      ...{ texts: 4, pairs: 2 },
      unparsable: { own: 0, variant: 1 },
      missing: { own: 1, variant: 0 },
    });
    const rows = [...found.points, ...found.metrics].map(({ figure, own, variant, mean, agreement }) => {
      return [figure, own, variant, mean, agreement];
    });
    expect(rows).toEqual([
      ['skill', 0.5, 0.5, 0, 0.5],
      ['topic', 1, 1, 0, 1],
      ['sense', 1, 1, 0, 1],
      ['length', 1, 0.5, -0.5, 0.5],
      ['fullMarks', 0.5, 0, -0.5, 0.5],
      ['allSkills', 0.5, 0, -0.5, 0.5],
      ['skillFraction', 0.5, 0.5, 0, 0],
    ]);
  });

  it('says nothing, and not 0, where no text is readable under both', () => {
    const { pairs, points, metrics } = calibrate([twice(graded(1, 1, 1, 1, 1), unparsable)], measuredPlan());
    expect(pairs).toBe(0);
    const silent = { own: null, variant: null, mean: null, se: null, ci: null, agreement: null };
    for (const shift of [...points, ...metrics]) expect(shift).toEqual({ figure: shift.figure, ...silent });
    expect(points).toHaveLength(4);
  });
});
