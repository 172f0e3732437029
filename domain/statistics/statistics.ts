/** Means, standard errors and 95 % intervals. Nothing here knows what is measured. */

export const Z95 = 1.959963984540054;

export interface Summary {
  readonly mean: number | null;
  readonly se: number | null;
  readonly ci: readonly [number, number] | null;
}

/** The range of a single value; an interval never leaves it. */
export type Range = readonly [number, number];

export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (ddof 1) / sqrt(n); null below two values. */
export function standardError(values: readonly number[]): number | null {
  const n = values.length;
  const centre = mean(values);
  if (centre === null || n < 2) return null;
  if (allEqual(values)) return 0;
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (n - 1) / n);
}

const allEqual = (values: readonly number[]): boolean => values.every((value) => value === values[0]);

/**
 * 95 % interval of the mean of differences: normal, cut to the range. Where all n values are equal to v, the normal one would be a
 * point: then at most a share p = 1 - .025^(1/n) of the population differs from v, and all of it by no more than the
 * range allows. At 0/n and n/n successes this is the exact Clopper-Pearson interval.
 */
export function interval(values: readonly number[], [low, high]: Range): readonly [number, number] | null {
  const [first] = values;
  const centre = mean(values);
  if (first === undefined || centre === null) return null;
  if (allEqual(values)) {
    const share = -Math.expm1(Math.log(0.025) / values.length);
    return [first - share * (first - low), first + share * (high - first)];
  }
  const half = Z95 * (standardError(values) ?? 0);
  return [Math.max(low, centre - half), Math.min(high, centre + half)];
}

export const summarise = (values: readonly number[], range: Range): Summary => ({
  mean: mean(values),
  se: standardError(values),
  ci: interval(values, range),
});

/**
 * 95 % interval of the mean m of values from 0 to 1: all p with (m - p)^2 <= z^2 V(p) / n, where the variance seen is
 * carried over to p as that of a share is, V(p) = s^2 p (1 - p) / (m (1 - m)). For values of 0 and 1 that is Wilson's
 * (1927). The normal one is too short near 0 and 1: at 1 of 80 it would end below the exact one at 0 of 80.
 */
export function shareInterval(values: readonly number[]): readonly [number, number] | null {
  const centre = mean(values);
  if (centre === null || allEqual(values)) return interval(values, [0, 1]);
  const variance = mean(values.map((value) => (value - centre) ** 2)) ?? 0;
  const doubt = (Z95 ** 2 * variance) / (centre * (1 - centre)) / values.length;
  const middle = (centre + doubt / 2) / (1 + doubt);
  const half = Math.sqrt(doubt * centre * (1 - centre) + doubt ** 2 / 4) / (1 + doubt);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Summary of scores from 0 to 1, with the interval that suits them. */
export const summariseShares = (values: readonly number[]): Summary => ({
  mean: mean(values),
  se: standardError(values),
  ci: shareInterval(values),
});

/**
 * Standard error for tests that divide by it. Where all values are equal it would be 0, so the half width of the exact
 * interval, over 1.96, is used instead. Null below two values.
 */
export function carefulError(values: readonly number[], range: Range): number | null {
  const se = standardError(values);
  const ci = interval(values, range);
  if (se === null || ci === null) return null;
  return se > 0 ? se : (ci[1] - ci[0]) / 2 / Z95;
}

/** 97.5 % point of Student's t, by Hill's (1970) expansion around the normal one: to .5 % from three degrees on. */
export function studentT95(degrees: number): number {
  if (degrees < 3) return [12.706204736174694, 4.302652729749462][degrees - 1] ?? Number.POSITIVE_INFINITY;
  const z = Z95;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), z);
}
