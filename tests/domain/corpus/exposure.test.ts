import { describe, expect, it } from '@jest/globals';
import { randomStream, shuffle } from '../../../domain/basics/random.ts';
import { expectedExposure, exposure, skillCoverage, skillSetKey } from '../../../domain/corpus/exposure.ts';

const item = (...skills: string[]) => ({ skills });

describe('exposure', () => {
  it('knows a skill set in any order', () => {
    expect(skillSetKey(['b', 'a'])).toBe(skillSetKey(['a', 'b']));
    expect(skillSetKey(['a', 'b'])).not.toBe(skillSetKey(['a', 'c']));
    expect(skillSetKey(['ab', 'c'])).not.toBe(skillSetKey(['a', 'bc']));
  });

  it('is the share of items whose very set was trained, not a part of it', () => {
    const trained = new Set([skillSetKey(['a', 'b']), skillSetKey(['c'])]);
    expect(exposure([item('b', 'a'), item('a', 'c'), item('a', 'b', 'c'), item('c')], trained)).toBe(0.5);
    expect(exposure([], trained)).toBe(0);
  });

  it('expects 1 - (1 - 1/C(pool, k))^n', () => {
    expect(expectedExposure({ poolSize: 4, k: 2, n: 3 })).toBeCloseTo(1 - (5 / 6) ** 3, 12);
    expect(expectedExposure({ poolSize: 53, k: 3, n: 5000 })).toBeCloseTo(1 - (1 - 1 / 23426) ** 5000, 12);
    expect(expectedExposure({ poolSize: 3, k: 3, n: 2 })).toBe(1);
    expect(expectedExposure({ poolSize: 3, k: 3, n: 0 })).toBe(0);
    expect(expectedExposure({ poolSize: 3, k: 4, n: 9 })).toBe(0);
  });

  it('agrees with drawing', () => {
    const pool = Array.from({ length: 8 }, (_, index) => `s${index}`);
    const stream = randomStream(3, 'exposure');
    const draw = () => item(...shuffle(stream, pool).slice(0, 3));
    let sum = 0;
    for (let round = 0; round < 40; round += 1) {
      const trained = new Set(Array.from({ length: 60 }, () => skillSetKey(draw().skills)));
      sum += exposure(Array.from({ length: 200 }, draw), trained) / 40;
    }
    expect(sum).toBeCloseTo(expectedExposure({ poolSize: 8, k: 3, n: 60 }), 1);
  });

  it('covers the train skills that a kept text combines', () => {
    expect(skillCoverage([item('a', 'b'), item('a')], ['a', 'b', 'c', 'd'])).toBe(0.5);
    expect(skillCoverage([item('x')], ['a'])).toBe(0);
    expect(skillCoverage([item('x')], [])).toBe(0);
  });
});
