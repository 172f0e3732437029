import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { grow, setCeiling, shrink, startLimit, type Limit } from '../../../domain/run/adaptive-limit.ts';

const event = fc.oneof(
  fc.record({ kind: fc.constant('success' as const), inFlight: fc.nat(100) }),
  fc.record({ kind: fc.constant('fault' as const), took: fc.nat(50) }),
  fc.record({ kind: fc.constant('ceiling' as const), ceiling: fc.nat(64) }),
);

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function apply(limit: Limit, now: number, one: Event): Limit {
  if (one.kind === 'success') return grow(limit, one.inFlight);
  return one.kind === 'fault' ? shrink(limit, now - one.took, now) : setCeiling(limit, one.ceiling);
}

describe('how many requests may be in flight', () => {
  it('is never above the ceiling and never below one, whatever happens; 0 only where nothing may go', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 }), fc.array(event, { maxLength: 80 }), (ceiling, events) => {
        let limit = startLimit(ceiling);
        for (const [now, one] of events.entries()) {
          limit = apply(limit, now, one);
          expect(limit.value).toBeLessThanOrEqual(limit.ceiling);
          expect(limit.value).toBeGreaterThanOrEqual(Math.min(1, limit.ceiling));
        }
      }),
    );
  });

  it('halves at most once for all that was sent before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), fc.array(fc.nat(100), { minLength: 1 }), (ceiling, sends) => {
        const full: Limit = { ...startLimit(ceiling), value: ceiling };
        const limit = sends.reduce((before, sent, at) => shrink(before, sent, 100 + at), full);
        expect(limit.value).toBe(Math.max(1, ceiling / 2));
        expect(shrink(limit, 1_000, 1_001).value).toBe(Math.max(1, ceiling / 4));
      }),
    );
  });

  it('comes back to the ceiling while calls succeed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (ceiling) => {
        let limit = shrink({ ...startLimit(ceiling), value: ceiling }, 1, 2);
        for (let success = 0; success < ceiling * ceiling; success += 1) limit = grow(limit, limit.value);
        expect(limit.value).toBe(ceiling);
      }),
    );
  });

  it('does not grow while hardly used', () => {
    const limit: Limit = { ...startLimit(32), value: 10 };
    expect(grow(limit, 4)).toEqual(limit);
    expect(grow(limit, 5).value).toBeGreaterThan(10);
  });

  it('keeps what it found while nothing may go', () => {
    const found = shrink({ ...startLimit(32), value: 32 }, 1, 2);
    expect(setCeiling(found, 0).value).toBe(0);
    let limit = setCeiling(setCeiling(found, 0), 32);
    for (let success = 0; success < 16; success += 1) limit = grow(limit, limit.value);
    expect(limit.value).toBeGreaterThanOrEqual(16);
    expect(limit.value).toBeLessThan(17);
  });

  it('grows by one with every success at first, also where it began while nothing might go', () => {
    const limit = setCeiling(startLimit(0), 32);
    expect(grow(limit, limit.value).value).toBe(limit.value + 1);
  });
});
