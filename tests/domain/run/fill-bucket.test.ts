import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { capacityOf, fill, waitFor, type Bucket } from '../../../domain/run/fill-bucket.ts';

const MINUTE = 60_000;

/** When each of so many requests may go at the earliest, if all are there from the start. */
function sendAll(count: number, perMinute: number, size = 1): number[] {
  let bucket: Bucket | undefined;
  let now = 0;
  return Array.from({ length: count }, () => {
    now += waitFor(fill(bucket, perMinute, now), size, perMinute);
    bucket = { level: fill(bucket, perMinute, now) - size, at: now };
    return now;
  });
}

const most = (times: readonly number[]): number =>
  Math.max(...times.map((from, at) => times.slice(at).filter((time) => time < from + MINUTE).length));

describe('what may be sent in a minute', () => {
  it('is never exceeded in any minute, and used nearly whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_200 }), (perMinute) => {
        const times = sendAll(perMinute * 3, perMinute);
        expect(most(times)).toBeLessThanOrEqual(perMinute);
        const minutes = (times.at(-1) ?? 0) / MINUTE;
        expect(minutes).toBeLessThanOrEqual(3 / 0.97);
      }),
      { numRuns: 40 },
    );
  });

  it('lets a request pass that is larger than the bucket, and those behind it wait for what it took', () => {
    const perMinute = 1_000;
    expect(capacityOf(perMinute)).toBeLessThan(500);
    const [first, second] = sendAll(2, perMinute, 500);
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(29_000);
    expect(second).toBeLessThan(32_000);
  });

  it('does not gather while nothing is sent, nor wait for a time before the machine was restarted', () => {
    expect(fill({ level: 0, at: 0 }, 600, 60 * MINUTE)).toBe(capacityOf(600));
    expect(fill({ level: -600, at: 9e9 }, 600, 5)).toBe(capacityOf(600));
    expect(fill({ level: 3, at: 500 }, 600, 400)).toBe(3);
  });
});
