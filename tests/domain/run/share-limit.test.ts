import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareOf } from '../../../domain/run/share-limit.ts';

const sharesOf = (all: number, of: number) =>
  Array.from({ length: of }, (_, place) => shareOf(all, { place, of, joining: false }));

describe('the parts of workers', () => {
  it('add up to what may be in flight, and differ by one at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 500 }), (of, more) => {
        const shares = sharesOf(of + more, of);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(of + more);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are one each where there are more workers than requests', () => {
    expect(sharesOf(2, 4)).toEqual([1, 1, 1, 1]);
  });

  it('are none while nothing may be sent, and none for one that has just come', () => {
    expect(shareOf(0, { place: 0, of: 1, joining: false })).toBe(0);
    expect(shareOf(9, { place: 1, of: 2, joining: true })).toBe(0);
  });
});
