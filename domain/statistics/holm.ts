/** Holm's correction (1979): the chance of any false claim in a family of tests stays below the level. */

/**
 * Adjusted p values in the given order. A test that could not be made (null) stays null and still counts as a member:
 * a family that was frozen does not shrink because data are missing.
 */
export function adjustByHolm(pValues: readonly (number | null)[]): (number | null)[] {
  const order = pValues.map((p, index) => ({ p: p ?? Number.POSITIVE_INFINITY, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number | null>(pValues.length).fill(null);
  let largest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    if (!Number.isFinite(p)) continue;
    largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
