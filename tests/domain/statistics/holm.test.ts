import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adjustByHolm } from '../../../domain/statistics/holm.ts';

const rounded = (pValues: readonly (number | null)[]) =>
  adjustByHolm(pValues).map((p) => (p === null ? null : Number(p.toFixed(12))));

describe('adjustByHolm', () => {
  it('multiplies the smallest by the number of tests, the next by one less, and so on', () => {
    expect(rounded([0.01, 0.02, 0.03])).toEqual([0.03, 0.04, 0.04]);
  });

  it('gives them in the given order, never a smaller one to a larger p', () => {
    expect(rounded([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });

  it('gives equal ones to equal p values, and never more than 1', () => {
    expect(rounded([0.02, 0.02, 0.6])).toEqual([0.06, 0.06, 0.6]);
    expect(rounded([0.5, 0.6])).toEqual([1, 1]);
  });

  it('counts a test that could not be made as a member, which stays without', () => {
    expect(rounded([null, 0.01, null])).toEqual([null, 0.03, null]);
    expect(adjustByHolm([null])).toEqual([null]);
    expect(adjustByHolm([])).toEqual([]);
  });

  it('never makes a p smaller, keeps their order, and is Bonferroni for the smallest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }), (ps) => {
        const adjusted = adjustByHolm(ps).map((p) => p ?? 0);
        for (const [index, p] of ps.entries()) {
          expect(adjusted[index]).toBeGreaterThanOrEqual(p);
          for (const [other, q] of ps.entries())
            if (p < q) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[other]!);
        }
        expect(Math.min(...adjusted)).toBeCloseTo(Math.min(1, Math.min(...ps) * ps.length), 12);
      }),
    );
  });
});
