/** Seeded random numbers: the same seed and labels always give the same sequence. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { pick, randomStream, shuffle } from '../../domain/basics/random.ts';

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number;
  /** A number from 0 to below 1. */
  share(): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** `count` different items, in random order. */
  sample<T>(items: readonly T[], count: number): T[];
}

const FINE = 1_000_000;

export function makeRandom(seed: number, ...labels: readonly (string | number)[]): Random {
  const stream = randomStream(seed, 'lab', ...labels);
  const integer = (below: number): number => uniformInt(stream, 0, below - 1);
  const share = (): number => integer(FINE) / FINE;
  return {
    integer,
    share,
    chance: (probability) => share() < probability,
    pick: (items) => pick(stream, items),
    sample: (items, count) => shuffle(stream, items).slice(0, count),
  };
}
