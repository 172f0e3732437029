import { describe, expect, it } from '@jest/globals';
import { combinationKey, sampleCombinations } from '../../../domain/plan/sample-combinations.ts';

const pool = { skills: ['a', 'b', 'c', 'd'], topics: ['sewing', 'art'] };
const draw = (given: object = {}) =>
  sampleCombinations(pool, { ...{ k: 2, count: 600, seed: 1, labels: ['evaluate', 0, 2] }, ...given });

describe('combinations', () => {
  it('hold k different skills and a topic of the pool', () => {
    for (const { skills, topic } of draw({ k: 3 })) {
      expect(new Set(skills).size).toBe(3);
      expect(skills.every((skill) => pool.skills.includes(skill))).toBe(true);
      expect(pool.topics).toContain(topic);
    }
  });

  it('are drawn evenly: each ordered pair of skills with each topic, and repeats', () => {
    const counts = new Map<string, number>();
    for (const { skills, topic } of draw({ count: 2_400 })) {
      const key = [...skills, topic].join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // 24 kinds, about 100 of each: the standard deviation is 10.
    expect(counts.size).toBe(4 * 3 * 2);
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
  });

  it('are numbered among equal ones, whatever the order of their skills', () => {
    const seen = new Map<string, number>();
    for (const { skills, topic, occurrence } of draw()) {
      const key = [...[...skills].sort(), topic].join();
      expect(occurrence).toBe(seen.get(key) ?? 0);
      seen.set(key, occurrence + 1);
    }
    expect(combinationKey({ skills: ['b', 'a'], topic: 'art' })).toBe(
      combinationKey({ skills: ['a', 'b'], topic: 'art' }),
    );
    expect(combinationKey({ skills: ['ab'], topic: 'c' })).not.toBe(combinationKey({ skills: ['a'], topic: 'bc' }));
  });

  it('follow from seed and labels alone, and a longer list begins with the shorter', () => {
    expect(draw({ count: 5 })).toEqual(draw().slice(0, 5));
    expect(draw({ seed: 2 })).not.toEqual(draw());
    expect(draw({ labels: ['evaluate', 1, 2] })).not.toEqual(draw());
  });

  it('cannot hold more skills than there are', () => {
    expect(draw({ k: 4, count: 1 })).toHaveLength(1);
    expect(() => draw({ k: 5 })).toThrow('k = 5 skills cannot be drawn from 4');
  });
});
