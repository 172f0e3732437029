import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  backoffOf,
  LONGEST_WAIT_MS,
  SHORTEST_WAIT_MS,
  toldWait,
  waitBeforeRetry,
} from '../../../activities/providers/told-wait.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('a told wait', () => {
  it.each([
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': '.25' }, 250],
    [{ 'retry-after': ' 2 ' }, 2_000],
    [{ 'retry-after': '5, 9' }, 9_000],
    [{ 'retry-after': '31536000' }, 31_536_000_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thursday, 01-Jan-26 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': '2026-01-01T00:00:30Z' }, 30_000],
    // Our clock is two hours behind: the provider means half a minute.
    [{ 'retry-after': 'Thu, 01 Jan 2026 02:00:30 GMT', date: 'Thu, 01 Jan 2026 02:00:00 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT', date: 'yesterday' }, 30_000],
    [{ 'retry-after-ms': '', 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': '-5', 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': '0', 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': 'NaN', 'retry-after': '3' }, 3_000],
    [{ 'retry-after-ms': '1e3', 'retry-after': '3' }, 3_000],
  ] as [Record<string, string>, number][])('in %j is %s ms', (headers, wait) => {
    expect(toldWait(new Headers(headers), now)).toBe(wait);
  });

  it.each([
    '',
    ' ',
    '0',
    '0.0',
    '-100',
    'soon',
    'in 5 minutes',
    '5 apples',
    'Infinity',
    '0x10',
    '1e9',
    ',',
    '5,x',
    'null',
  ])('is none in retry-after "%s"', (text) =>
    expect(toldWait(new Headers({ 'retry-after': text }), now)).toBeUndefined(),
  );

  it('is none where the date is past', () => {
    expect(toldWait(new Headers({ 'retry-after': 'Wed, 01 Jan 2020 00:00:00 GMT' }), now)).toBeUndefined();
    expect(toldWait(undefined, now)).toBeUndefined();
  });

  it('is more than nothing or none, whatever the headers say', () => {
    const value = fc.oneof(
      fc.stringMatching(/^[ -~]{0,40}$/),
      fc.double().map(String),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(8e14) }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(value, value, (seconds, milliseconds) => {
        const told = toldWait(new Headers({ 'retry-after': seconds, 'retry-after-ms': milliseconds }), now);
        expect(told === undefined || told > 0).toBe(true);
      }),
    );
  });
});

describe('the wait before a retry', () => {
  it('is never nothing, never beyond ten minutes, and never below what is asked for within them', () => {
    const least = fc.oneof(fc.double(), fc.integer({ min: -10, max: 2_000_000 }));
    fc.assert(
      fc.property(least, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (asked, random) => {
        const wait = waitBeforeRetry(asked, random);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(SHORTEST_WAIT_MS);
        expect(wait).toBeLessThanOrEqual(LONGEST_WAIT_MS);
        if (asked <= LONGEST_WAIT_MS) expect(wait).toBeGreaterThanOrEqual(Math.round(asked));
      }),
    );
  });

  it('doubles to a minute when nobody says how long to wait', () => {
    expect([1, 2, 3, 8, 9, 5_000].map(backoffOf)).toEqual([500, 1_000, 2_000, 60_000, 60_000, 60_000]);
  });
});
