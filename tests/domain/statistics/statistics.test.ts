import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  carefulError,
  interval,
  mean,
  shareInterval,
  standardError,
  studentT95,
  summarise,
  summariseShares,
} from '../../../domain/statistics/statistics.ts';

/** In how many of all studies of n texts the interval holds the true share. */
function coverage(n: number, share: number): number {
  let chance = (1 - share) ** n;
  let covered = 0;
  for (let x = 0; x <= n; x += 1) {
    const [low, high] = shareInterval(Array.from({ length: n }, (_, index) => (index < x ? 1 : 0)))!;
    if (low <= share && share <= high) covered += chance;
    chance *= ((n - x) / (x + 1)) * (share / (1 - share));
  }
  return covered;
}

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

  it("has Wilson's interval of a share, as his formula gives it for 1 of 80", () => {
    const [low, high] = shareInterval([1, ...new Array<number>(79).fill(0)])!;
    expect(low).toBeCloseTo(0.0022099755204522745, 12);
    expect(high).toBeCloseTo(0.06746270077668665, 12);
    expect(summariseShares([0, 1, 1]).se).toBe(standardError([0, 1, 1]));
  });

  it('says less of graded scores the more they differ, and as much as the normal interval where they hardly do', () => {
    const near = (spread: number) => Array.from({ length: 60 }, (_, index) => 0.5 + (index % 2 ? spread : -spread));
    const width = ([low, high]: readonly [number, number]): number => high - low;
    expect(width(shareInterval(near(0.4))!)).toBeGreaterThan(3 * width(shareInterval(near(0.1))!));
    expect(width(shareInterval(near(0.01))!)).toBeCloseTo(width(interval(near(0.01), [0, 1])!), 4);
  });

  it('has a share of more successes lie higher, at both ends, from none to all', () => {
    for (const n of [2, 7, 12, 80]) {
      const intervals = Array.from({ length: n + 1 }, (_, x) =>
        shareInterval(Array.from({ length: n }, (_, index) => (index < x ? 1 : 0)))!,
      );
      for (const [x, [low, high]] of intervals.entries()) {
        const before = intervals[x - 1];
        if (!before) continue;
        expect(low).toBeGreaterThan(before[0]);
        expect(high).toBeGreaterThan(before[1]);
      }
    }
  });

  it('covers the true share in nine of ten studies and more, near 0 too', () => {
    for (const [n, share] of [12, 30, 80, 300].flatMap((n) => [0.05, 0.1, 0.2, 0.4, 0.9].map((p) => [n, p] as const)))
      expect(coverage(n, share)).toBeGreaterThan(0.91);
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
    expect(studentT95(1)).toBeCloseTo(12.7062047, 7);
    expect(studentT95(2)).toBeCloseTo(4.3026527, 7);
    expect([studentT95(0), studentT95(-1)]).toEqual([Infinity, Infinity]);
    // As printed in tables. The expansion ends with the fourth power of 1 / degrees: what is left goes with the fifth.
    const table = [
      ...[3.1824463, 2.7764451, 2.5705818, 2.4469119, 2.3646243, 2.3060041, 2.2621572, 2.2281389],
      ...[2.2009852, 2.1788128],
    ];
    for (const [index, t] of table.entries()) {
      const degrees = index + 3;
      const left = (t - studentT95(degrees)) * degrees ** 5;
      expect(left).toBeGreaterThan(0.7);
      expect(left).toBeLessThan(1);
    }
    for (const [degrees, t] of [
      [20, 2.0859634],
      [30, 2.0422725],
      [60, 2.0002978],
      [120, 1.9799304],
    ] as const)
      expect(studentT95(degrees)).toBeCloseTo(t, 6);
    expect(studentT95(1e9)).toBeCloseTo(1.959964, 6);
  });

  it('keeps mean within interval within range', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
        const centre = mean(values)!;
        for (const [low, high] of [interval(values, [0, 1])!, shareInterval(values)!]) {
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(centre + 1e-12);
          expect(high).toBeGreaterThanOrEqual(centre - 1e-12);
        }
      }),
    );
  });
});
