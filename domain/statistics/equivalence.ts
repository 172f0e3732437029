/** Two one-sided tests (Schuirmann 1987): do the data show that a difference lies within a margin? */

/** P(Z > z) of the standard normal distribution, to 14 digits or so. */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z < 3 ? 0.5 - density * bySeries(z) : density * byFraction(z);
}

/** z + z^3/3 + z^5/15 + ...: the area between 0 and z over the density at z. */
function bySeries(z: number): number {
  let [term, total] = [z, z];
  for (let n = 3; term > 1e-18 * total; n += 2) {
    term *= (z * z) / n;
    total += term;
  }
  return total;
}

/** 1/(z + 1/(z + 2/(z + ...))): Mills' ratio. */
function byFraction(z: number): number {
  let value = z;
  for (let n = 100; n > 0; n -= 1) value = z + n / value;
  return 1 / value;
}

/**
 * The larger of the two p values. It is small if the data show the difference to be above -margin and below +margin.
 */
export function testEquivalence(difference: number, se: number, margin: number): number {
  return Math.max(upperTail((difference + margin) / se), upperTail((margin - difference) / se));
}
