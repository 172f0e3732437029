/** Seeded random streams. Each use has its own stream, named by labels, so that adding one never shifts another. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { sha256 } from './hash.ts';

/** The random stream of `labels` under `seed`: the same arguments give the same numbers. */
export function randomStream(seed: number, ...labels: readonly (string | number)[]): RandomGenerator {
  return xoroshiro128plus(Number.parseInt(sha256([seed, ...labels].join('|')).slice(0, 8), 16) | 0);
}

/** A new array with the same elements in uniformly random order (Fisher-Yates). */
export function shuffle<T>(stream: RandomGenerator, elements: readonly T[]): T[] {
  const result = [...elements];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = uniformInt(stream, 0, last);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** One element, uniformly. Throws on an empty array. */
export function pick<T>(stream: RandomGenerator, elements: readonly T[]): T {
  if (elements.length === 0) throw new RangeError('nothing to pick from');
  return elements[uniformInt(stream, 0, elements.length - 1)] as T;
}
