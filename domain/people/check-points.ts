/** Checks what people filled in, line by line: one wrong line refuses the whole file. */
import { nearestOf } from '../basics/nearest.ts';
import { NOT_ASKED } from './blind-sheet.ts';

/** One item as a file has it: points by name, as they were written there. */
export interface FilledRow {
  /** Line of the file where the item begins, from 1. */
  readonly line: number;
  readonly item: string;
  readonly points: Readonly<Record<string, unknown>>;
  readonly comment: string;
}

export interface Problem {
  readonly line: number;
  readonly reason: string;
}

/** null: not judged. */
export type GivenPoint = 0 | 1 | null;

export interface GivenPoints {
  readonly line: number;
  readonly item: string;
  readonly points: readonly GivenPoint[];
  readonly comment: string;
}

export type Checked<T> =
  { readonly end: 'sound'; readonly value: T } | { readonly end: 'refused'; readonly problems: readonly Problem[] };

/** `points`: for each exported item, the names of its points. Rows in which nothing is filled in are left out. */
export function checkRows(
  rows: readonly FilledRow[],
  points: ReadonlyMap<string, readonly string[]>,
): Checked<GivenPoints[]> {
  const problems: Problem[] = [];
  const given: GivenPoints[] = [];
  const lines = new Map<string, number>();
  for (const row of rows) {
    const names = points.get(row.item);
    const before = lines.get(row.item);
    lines.set(row.item, before ?? row.line);
    const found = names && before === undefined ? checkRow(row, names) : [explainItem(row, before, [...points.keys()])];
    const reasons = found.flatMap((one) => (typeof one === 'string' ? [one] : []));
    problems.push(...reasons.map((reason) => ({ line: row.line, reason })));
    const values = found.filter((one) => typeof one !== 'string');
    if (reasons.length === 0 && (values.some((value) => value !== null) || row.comment !== ''))
      given.push({ line: row.line, item: row.item, points: values, comment: row.comment });
  }
  if (problems.length > 0) return { end: 'refused', problems };
  if (given.length > 0) return { end: 'sound', value: given };
  return { end: 'refused', problems: [{ line: 1, reason: 'no point is filled in' }] };
}

function explainItem({ item }: FilledRow, before: number | undefined, known: readonly string[]): string {
  if (before !== undefined) return `item "${item}" is listed twice; it is at line ${before} already`;
  if (item === '') return 'the item is missing';
  return `item "${item}" was not exported from this study in this home.${nearestOf(item, known)}`;
}

/** For each point its value, or what is wrong with it. */
function checkRow({ item, points }: FilledRow, names: readonly string[]): (GivenPoint | string)[] {
  const others = Object.entries(points)
    .filter(([name, value]) => !names.includes(name) && readPoint(value) !== null)
    .map(([name]) => `item "${item}" has no point "${name}"`);
  const own = names.map((name) => {
    if (!Object.hasOwn(points, name)) return `item "${item}": point "${name}" is missing; leave it empty if not judged`;
    const value = readPoint(points[name]);
    return value ?? (value === null ? null : `item "${item}": point "${name}" is ${shown(points[name])}, not 0 or 1`);
  });
  return [...own, ...others];
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 40);

/** Programs write whole numbers with decimals where a column has empty cells. */
const WHOLE = /^([01])(?:[.,]0+)?$/;

/** The point that a cell says: null if the cell is empty, undefined if it holds something else. */
function readPoint(value: unknown): GivenPoint | undefined {
  const plain = typeof value === 'string' ? value.trim() : value;
  if (plain === null || plain === '' || plain === NOT_ASKED) return null;
  const number = typeof plain === 'string' ? Number(WHOLE.exec(plain)?.[1]) : plain;
  return number === 0 || number === 1 ? number : undefined;
}

export interface KnownPoints {
  readonly points: readonly GivenPoint[];
  readonly comment: string;
}

export interface MergedPoints extends KnownPoints {
  readonly item: string;
}

/**
 * Merges with what the same person gave before. Another value for the same point is a problem unless `replace` is set;
 * an empty cell erases nothing.
 */
export function mergePoints(
  given: readonly GivenPoints[],
  known: ReadonlyMap<string, KnownPoints>,
  names: ReadonlyMap<string, readonly string[]>,
  { replace }: { readonly replace: boolean },
): Checked<MergedPoints[]> {
  const problems: Problem[] = [];
  const merged = given.map(({ line, item, points, comment }): MergedPoints => {
    const before = known.get(item);
    points.forEach((value, index) => {
      const old = before?.points[index] ?? null;
      if (value === null || old === null || value === old || replace) return;
      const name = names.get(item)?.[index] ?? '';
      problems.push({ line, reason: `item "${item}": point "${name}" is ${value} here and was ${old} before` });
    });
    return {
      item,
      points: points.map((value, index) => value ?? before?.points[index] ?? null),
      comment: comment === '' ? (before?.comment ?? '') : comment,
    };
  });
  return problems.length > 0 ? { end: 'refused', problems } : { end: 'sound', value: merged };
}
