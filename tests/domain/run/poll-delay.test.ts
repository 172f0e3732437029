import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextPollDelay } from '../../../domain/run/poll-delay.ts';

const LOOKS = { shortest: 250, longest: 5_000, share: 0.1 };
const waited = fc.nat({ max: 30 * 86_400_000 });

describe('the wait before the next look', () => {
  it('never leaves its bounds, and never becomes shorter', () => {
    fc.assert(
      fc.property(waited, waited, (one, other) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((at) => nextPollDelay(at, LOOKS));
        expect(early).toBeGreaterThanOrEqual(LOOKS.shortest);
        expect(late).toBeLessThanOrEqual(LOOKS.longest);
        expect(late).toBeGreaterThanOrEqual(early as number);
      }),
    );
  });

  it('makes a day of waiting cost thousands of looks, not hundreds of thousands', () => {
    let looks = 0;
    for (let at = 0; at < 86_400_000; at += nextPollDelay(at, LOOKS)) looks += 1;
    expect(looks).toBeLessThan(86_400_000 / LOOKS.longest + 100);
  });
});
