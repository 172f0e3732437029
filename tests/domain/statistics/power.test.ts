import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { combinationsFor, measurePrecision } from '../../../domain/statistics/power.ts';

describe('the precision of a study', () => {
  it('is that of the normal interval at a rate of one half', () => {
    const { rate, difference, detectable, needed } = measurePrecision(100);
    expect(rate).toBeCloseTo(0.098, 4);
    expect(difference).toBeCloseTo(0.098 * Math.SQRT2, 4);
    expect(detectable).toBeCloseTo(2.8016 * Math.sqrt(0.005), 4);
    expect(needed.map((row) => row.rate)).toEqual([97, 385, 1068]);
    expect(needed.map((row) => row.difference)).toEqual([193, 769, 2135]);
  });

  it('needs the fewest combinations whose interval is narrow enough', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.005, max: 0.3, noNaN: true }), (halfWidth) => {
        const enough = combinationsFor(halfWidth, 0.25);
        expect(measurePrecision(enough).rate).toBeLessThanOrEqual(halfWidth * (1 + 1e-9));
        expect(measurePrecision(enough - 1).rate).toBeGreaterThan(halfWidth * (1 - 1e-9));
      }),
    );
  });
});
