import { closest, distance } from 'fastest-levenshtein';

/**
 * The known name that was probably meant: the closest one, if at most a third of the letters differ (or two, or one of
 * three).
 */
export function findNearest(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(written.toLowerCase(), [...known]);
  const near = Math.max(written.length < 4 ? 1 : 2, written.length / 3);
  return distance(written.toLowerCase(), candidate) <= near ? candidate : undefined;
}

/** " Did you mean ...?" where a known name is close to what was written, else nothing. */
export function nearestOf(written: string, known: readonly string[]): string {
  const candidate = findNearest(written, known);
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`;
}
