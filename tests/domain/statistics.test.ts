import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { carefulError, interval, mean, standardError, studentT95, summarise } from '../../domain/statistics.ts';

describe('statistics', () => {
  it('has the mean, the standard error with ddof 1 and the normal interval of a small sample', () => {
    const { mean: centre, se, ci } = summarise([0, 0, 1, 1, 1], [0, 1]);
    expect(centre).toBeCloseTo(0.6, 12);
    expect(se).toBeCloseTo(Math.sqrt(0.3 / 5), 12);
    expect(ci?.[0]).toBeCloseTo(0.6 - 1.959963984540054 * Math.sqrt(0.06), 12);
    expect(ci?.[1]).toBe(1);
  });

  it('has the exact Clopper-Pearson interval at 0 of 10 and at 10 of 10', () => {
    const zeros = interval(new Array<number>(10).fill(0), [0, 1]);
    expect(zeros?.[0]).toBe(0);
    expect(zeros?.[1]).toBeCloseTo(0.30849710781876083, 12);
    const ones = interval(new Array<number>(10).fill(1), [0, 1]);
    expect(ones?.[0]).toBeCloseTo(1 - 0.30849710781876083, 12);
    expect(ones?.[1]).toBe(1);
  });

  it('is null where there is nothing to say', () => {
    expect(summarise([], [0, 1])).toEqual({ mean: null, se: null, ci: null });
    expect(standardError([0.5])).toBeNull();
    expect(mean([])).toBeNull();
  });

  it('does not shrink to a point when all values are equal', () => {
    const [low, high] = interval([0.5, 0.5, 0.5], [0, 1])!;
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
  });

  it('has an error to divide by where all values are equal', () => {
    expect(carefulError([0, 0, 0, 0], [-1, 1])).toBeCloseTo((1 - 0.025 ** 0.25) / 1.959963984540054, 12);
    expect(carefulError([0, 1], [-1, 1])).toBe(standardError([0, 1]));
    expect(carefulError([1], [-1, 1])).toBeNull();
  });

  it("has Student's t for few units", () => {
    const known = [12.7062, 4.30265, 3.18245, 2.77645, 2.57058];
    for (const [index, t] of known.entries()) expect(studentT95(index + 1) / t).toBeCloseTo(1, 2);
    expect(studentT95(12)).toBeCloseTo(2.178813, 4);
    expect(studentT95(1e9)).toBeCloseTo(1.959964, 6);
  });

  it('keeps mean within interval within range', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
        const [low, high] = interval(values, [0, 1])!;
        const centre = mean(values)!;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(centre + 1e-12);
        expect(high).toBeGreaterThanOrEqual(centre - 1e-12);
      }),
    );
  });
});
