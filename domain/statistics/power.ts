/** How precise a study of this size can be, and how large it must be for a wanted precision. */
import { Z95 } from './statistics.ts';

/** 80 % point of the normal distribution: the usual power. */
const Z80 = 0.8416212335729143;

/** Variance of a rate of one half, the largest there is, and of the difference of two such rates that are unrelated. */
const RATE = 0.25;
const DIFFERENCE = 0.5;

const WANTED = [0.1, 0.05, 0.03] as const;

export interface Precision {
  /** Of each k and setting, all partitions together. */
  readonly combinations: number;
  /** Half of the 95 % interval of a rate near one half (the worst), and of a difference of two such rates. */
  readonly rate: number;
  readonly difference: number;
  /** The smallest true difference that would be shown in four of five such studies. */
  readonly detectable: number;
  readonly needed: readonly { readonly halfWidth: number; readonly rate: number; readonly difference: number }[];
}

export function measurePrecision(combinations: number): Precision {
  return {
    combinations,
    rate: Z95 * Math.sqrt(RATE / combinations),
    difference: Z95 * Math.sqrt(DIFFERENCE / combinations),
    detectable: (Z95 + Z80) * Math.sqrt(DIFFERENCE / combinations),
    needed: WANTED.map((halfWidth) => ({
      halfWidth,
      rate: combinationsFor(halfWidth, RATE),
      difference: combinationsFor(halfWidth, DIFFERENCE),
    })),
  };
}

/** The fewest combinations whose 95 % interval is no wider than this to each side. */
export function combinationsFor(halfWidth: number, variance: number): number {
  return Math.ceil(((Z95 / halfWidth) ** 2 * variance) / (1 + 1e-12));
}
