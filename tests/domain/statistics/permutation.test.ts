import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomStream } from '../../../domain/basics/random.ts';
import { testEquivalence, upperTail } from '../../../domain/statistics/equivalence.ts';
import { testSigns } from '../../../domain/statistics/permutation.ts';

const stream = () => randomStream(1, 'test');
const fill = (count: number, value: number): number[] => new Array<number>(count).fill(value);

describe('the permutation of signs', () => {
  it('is the sign test where all differences are of one size: 5 of 5 above', () => {
    expect(testSigns(fill(5, 1), 'two-sided', stream())).toEqual({ test: 'exact', p: 2 / 32 });
    expect(testSigns(fill(5, 1), 'greater', stream())).toEqual({ test: 'exact', p: 1 / 32 });
    expect(testSigns(fill(5, 1), 'less', stream())).toEqual({ test: 'exact', p: 1 });
  });

  it('weighs differences by their size', () => {
    // 3 - 1 - 1 = 1: of the eight sums 5 3 3 1 -1 -3 -3 -5 four are 1 or more, and all are as far from 0.
    expect(testSigns([3, -1, -1], 'greater', stream())?.p).toBe(4 / 8);
    expect(testSigns([3, -1, -1], 'two-sided', stream())?.p).toBe(1);
  });

  it('takes zeros for nothing said, and no pairs for no test', () => {
    expect(testSigns([...fill(5, 1), ...fill(90, 0)], 'two-sided', stream())).toEqual({ test: 'exact', p: 2 / 32 });
    expect(testSigns([0, 0], 'two-sided', stream())).toEqual({ test: 'exact', p: 1 });
    expect(testSigns([], 'two-sided', stream())).toBeNull();
  });

  it('tries every assignment up to 14 differences, draws beyond, and the two agree at the seam', () => {
    const values = Array.from({ length: 14 }, (_, index) => (index % 3 === 0 ? -1 : 1) * (1 + index / 10));
    const exact = testSigns(values, 'two-sided', stream());
    // A difference too small to matter makes one more, so that signs are drawn.
    const drawn = testSigns([...values, 1e-13], 'two-sided', stream());
    expect([exact?.test, drawn?.test]).toEqual(['exact', 'monte-carlo']);
    expect(Math.abs((exact?.p ?? 0) - (drawn?.p ?? 1))).toBeLessThan(0.006);
  });

  it('gives the same p for the same seed, never 0', () => {
    const values = fill(60, 1);
    expect(testSigns(values, 'two-sided', stream())).toEqual({ test: 'monte-carlo', p: 1 / 100_000 });
    const mixed = values.map((value, index) => (index % 3 === 0 ? -value : value));
    expect(testSigns(mixed, 'greater', stream())).toEqual(testSigns(mixed, 'greater', stream()));
  });

  it('calls sums that differ by rounding alone a tie', () => {
    expect(testSigns([0.1, 0.2, -0.3, 0.3], 'greater', stream())?.p).toBe(6 / 16);
  });

  it('hangs on no unit: differences a power of two as large give the same p', () => {
    const list = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(list, fc.integer({ min: -40, max: 40 }), (values, power) => {
        const scaled = values.map((value) => value * 2 ** power);
        expect(testSigns(scaled, 'greater', stream())).toEqual(testSigns(values, 'greater', stream()));
      }),
    );
  });

  it('draws every sign by itself where there are many: near the exact sign test', () => {
    // 40 above and 24 below: the binomial tail of 40 or more of 64, and its double.
    const values = [...fill(40, 1), ...fill(24, -1)];
    let [tail, ways] = [0, 1];
    for (let below = 0; below <= 24; below += 1) {
      tail += ways / 2 ** 64;
      ways = (ways * (64 - below)) / (below + 1);
    }
    expect(Math.abs((testSigns(values, 'greater', stream())?.p ?? 0) - tail)).toBeLessThan(0.003);
    expect(Math.abs((testSigns(values, 'two-sided', stream())?.p ?? 0) - 2 * tail)).toBeLessThan(0.005);
    expect(testSigns(fill(60, 1), 'less', stream())).toEqual({ test: 'monte-carlo', p: 1 });
  });

  it('mirrors: what is greater for the data is less for their opposites, and two-sided alike', () => {
    const list = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(list, (values) => {
        const opposite = values.map((value) => -value);
        expect(testSigns(values, 'greater', stream())).toEqual(testSigns(opposite, 'less', stream()));
        expect(testSigns(values, 'two-sided', stream())).toEqual(testSigns(opposite, 'two-sided', stream()));
      }),
    );
  });

  it('holds its level: with chance alone, p is at most .05 in at most 5 % of the cases', () => {
    const draws = randomStream(3, 'level');
    const ps = Array.from({ length: 400 }, () => {
      const values = Array.from({ length: 12 }, () => ((draws.next() & 1) * 2 - 1) * (1 + ((draws.next() >>> 0) % 5)));
      return testSigns(values, 'two-sided', stream())?.p ?? 0;
    });
    expect(ps.filter((p) => p <= 0.05).length / 400).toBeLessThan(0.075);
    expect(ps.filter((p) => p <= 0.5).length / 400).toBeGreaterThan(0.4);
  });
});

describe('two one-sided tests', () => {
  it('have the tails of the normal distribution, far out too', () => {
    expect(upperTail(0)).toBe(0.5);
    expect(upperTail(1.959963984540054)).toBeCloseTo(0.025, 14);
    expect(upperTail(-1.6448536269514722)).toBeCloseTo(0.95, 14);
    expect(upperTail(10) / 7.61985302416047e-24).toBeCloseTo(1, 11);
    expect(upperTail(3) / upperTail(3 - 1e-9)).toBeCloseTo(1, 8);
  });

  it('show equivalence only where both ends are inside the margin', () => {
    expect(testEquivalence(0, 0.02, 0.1)).toBeCloseTo(upperTail(5), 16);
    expect(testEquivalence(0.09, 0.02, 0.1)).toBeCloseTo(upperTail(0.5), 12);
    expect(testEquivalence(-0.09, 0.02, 0.1)).toBeCloseTo(upperTail(0.5), 12);
    expect(testEquivalence(0.2, 0.02, 0.1)).toBeGreaterThan(0.99);
  });
});
