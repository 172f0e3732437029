/**
 * Means and deviations as the published code computes them (NumPy), to the last bit: skill fractions are 32-bit floats
 * there. The difference is visible: with k = 2 and 100 combinations every other mean ends in a 5 at the third digit, so
 * that rounding to two digits depends on the representation.
 */
export type Precision = 'single' | 'double';

const rounder = (precision: Precision): ((value: number) => number) =>
  precision === 'single' ? Math.fround : (value) => value;

/** NumPy's pairwise summation: eight running sums up to 128 values, halves above. */
function sum(values: readonly number[], precision: Precision): number {
  const round = rounder(precision);
  const plus = (left: number, right: number): number => round(left + right);
  const n = values.length;
  if (n < 8) return values.reduce(plus, 0);
  if (n > 128) {
    const half = Math.floor(n / 2);
    const cut = half - (half % 8);
    return plus(sum(values.slice(0, cut), precision), sum(values.slice(cut), precision));
  }
  const rest = n - (n % 8);
  const lane = (start: number): number => {
    let total = values[start] ?? 0;
    for (let index = start + 8; index < rest; index += 8) total = plus(total, values[index] ?? 0);
    return total;
  };
  const low = plus(plus(lane(0), lane(1)), plus(lane(2), lane(3)));
  const high = plus(plus(lane(4), lane(5)), plus(lane(6), lane(7)));
  return values.slice(rest).reduce(plus, plus(low, high));
}

export function meanOf(values: readonly number[], precision: Precision): number | null {
  if (values.length === 0) return null;
  return rounder(precision)(sum(values, precision) / values.length);
}

/** Sample standard deviation (ddof 1) / sqrt(n); null below two values. */
export function standardErrorOf(values: readonly number[], precision: Precision): number | null {
  const round = rounder(precision);
  const centre = meanOf(values, precision);
  if (centre === null || values.length < 2) return null;
  const squares = values.map((value) => {
    const difference = round(value - centre);
    return round(difference * difference);
  });
  const variance = round(sum(squares, precision) / (values.length - 1));
  return round(Math.sqrt(variance)) / Math.sqrt(values.length);
}

/** To the nearest whole number, halves to the even one. */
export function roundHalfToEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

/** The mean of several gradings' points, rounded: the majority where points are 0 or 1. */
export const vote = (points: readonly number[]): number =>
  roundHalfToEven(Math.fround(points.reduce((total, point) => Math.fround(total + point), 0) / points.length));

/** Fixed digits as Python prints them: what lies exactly between two goes to the even one (0.125 is 0.12). */
export function formatFixed(value: number, digits: number): string {
  const halves = value * 2 ** (digits + 1);
  const tie = Number.isInteger(halves) && Math.abs(halves % 2) === 1;
  return tie ? (roundHalfToEven(value * 10 ** digits) / 10 ** digits).toFixed(digits) : value.toFixed(digits);
}
