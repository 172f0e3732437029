/** Combinations as Skill-Mix draws them: k skills and one topic, each from a fresh shuffle; repeats are allowed. */
import type { Combination, PlannedCombination, Pool } from '../../contracts/plan.ts';
import { pick, randomStream, shuffle } from '../basics/random.ts';

/** Two draws are the same combination when skills and topic are, whatever the order of the skills. */
export const combinationKey = ({ skills, topic }: Combination): string => [...[...skills].sort(), topic].join('|');

/** `count` combinations of `k` different skills and a topic from `pool`, a pure function of `seed` and `labels`. */
export function sampleCombinations(
  pool: Pool,
  { k, count, seed, labels }: { k: number; count: number; seed: number; labels: readonly (string | number)[] },
): PlannedCombination[] {
  if (k > pool.skills.length) throw new RangeError(`k = ${k} skills cannot be drawn from ${pool.skills.length}`);
  const stream = randomStream(seed, ...labels);
  const seen = new Map<string, number>();
  return Array.from({ length: count }, () => {
    const skills = shuffle(stream, pool.skills).slice(0, k);
    const topic = pick(stream, pool.topics);
    const key = combinationKey({ skills, topic });
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    return { skills, topic, occurrence };
  });
}
