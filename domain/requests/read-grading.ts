/**
 * Reads the points out of a grader's reply. A reply that does not state every point is unparsable with a reason, never
 * a silent 0. The form that was asked for is tried first; if the reply has no rows of that form, the other forms are.
 */
import type { GraderPrompt } from '../../contracts/catalog.ts';
import { jsonRows, labelledLines, lineRows, MOST_ROWS, tableRows, type GradingRow } from './grading-rows.ts';
import { dropInvisible, normalizeDigits, readPoints } from './read-points.ts';

export interface GradingShape {
  /** How many points the reply must give: k skill points and the rubric's. */
  readonly points: number;
  readonly format: GraderPrompt['reply'];
  /** The criteria as the prompt words them: rows that repeat them may come in any order. */
  readonly labels?: readonly string[];
}

export type ReadGrading =
  { readonly end: 'graded'; readonly points: number[] } | { readonly end: 'unparsable'; readonly reason: string };

export function readGrading(reply: string, shape: GradingShape): ReadGrading {
  const rows = findRows(normalizeRowNumbers(dropInvisible(reply)), shape);
  if (typeof rows === 'string') return unparsable(rows);
  const places = placeRows(rows, shape);
  if (typeof places === 'string') return unparsable(places);
  const points: number[] = [];
  for (const [index, row] of places.entries()) {
    const value = readPoints(row.value);
    const shown = row.value.trim().slice(0, 40);
    if (value === undefined) return unparsable(`row ${index + 1}: "${shown}" is not a number of points`);
    if (value > 1) return unparsable(`row ${index + 1}: ${value} is outside 0 to 1`);
    points.push(value);
  }
  return { end: 'graded', points };
}

const unparsable = (reason: string): ReadGrading => ({ end: 'unparsable', reason });

/** Writes digits of other scripts as ASCII, so that row numbers are found. */
const normalizeRowNumbers = (reply: string): string => (/[^\P{Nd}0-9]/u.test(reply) ? normalizeDigits(reply) : reply);

type Form = GradingShape['format'];

/** The rows of the first form that has any, or why there are none. */
function findRows(reply: string, shape: GradingShape): readonly GradingRow[] | string {
  const isPoints = (cell: string): boolean => readPoints(cell) !== undefined;
  const forms: Readonly<Record<Form, () => readonly GradingRow[]>> = {
    table: () => tableRows(reply, isPoints),
    lines: () => lineRows(reply),
    json: () => jsonRows(reply),
  };
  const order: Form[] = [
    shape.format,
    ...(['table', 'lines', 'json'] as const).filter((form) => form !== shape.format),
  ];
  for (const form of order) {
    const rows = forms[form]();
    if (rows.length > 0) return rows;
  }
  const lines = placeByLabel(labelledLines(reply), shape);
  return lines ?? `${shape.points} rows expected, 0 found`;
}

/** Rows in the order of the criteria, or the reason why the order is unknown. */
function placeRows(rows: readonly GradingRow[], shape: GradingShape): readonly GradingRow[] | string {
  const { points } = shape;
  const labelled = placeByLabel(rows, shape);
  if (labelled) return labelled;
  if (rows.length !== points) return `${points} rows expected, ${rows.length} found`;
  const byLabel = matchLabels(rows, shape);
  const numbers = rows.map((row, index) => byLabel[index] ?? row.number);
  const placed = new Array<GradingRow | undefined>(points).fill(undefined);
  for (const [index, number] of numbers.entries()) {
    if (number === undefined) continue;
    if (number < 1 || number > points) return `row number ${number} is outside 1 to ${points}`;
    if (placed[number - 1]) return `row number ${number} stands twice`;
    placed[number - 1] = rows[index];
  }
  return fillPlaces(rows, numbers, placed);
}

/** Rows without number or label keep their position, as long as all others are in order. */
function fillPlaces(
  rows: readonly GradingRow[],
  numbers: readonly (number | undefined)[],
  placed: (GradingRow | undefined)[],
): readonly GradingRow[] | string {
  const unnamed = rows.filter((_, index) => numbers[index] === undefined);
  const inOrder = numbers.every((number, index) => number === undefined || number === index + 1);
  if (!inOrder && unnamed.length > 1)
    return `rows stand in another order and ${unnamed.length} of them name no criterion`;
  return placed.map((row) => row ?? (unnamed.shift() as GradingRow));
}

/** The rows in the order of the criteria, if each criterion is named by exactly one row; other rows are ignored. */
function placeByLabel(rows: readonly GradingRow[], shape: GradingShape): readonly GradingRow[] | undefined {
  const places = matchLabels(rows, shape);
  const placed = Array.from({ length: shape.points }, (_, index) =>
    rows.filter((_row, at) => places[at] === index + 1),
  );
  return shape.labels && placed.every((own) => own.length === 1) ? placed.flat() : undefined;
}

/** The number of the criterion that each row names, from 1; undefined if a row names none, or could mean several. */
function matchLabels(rows: readonly GradingRow[], { labels, points }: GradingShape): (number | undefined)[] {
  const known = labels?.map(plainWords) ?? [];
  const distinct = new Set(known).size === points && known.length === points && !known.includes('');
  if (!distinct || rows.length > MOST_ROWS) return rows.map(() => undefined);
  return rows.map(({ label }) => {
    const words = plainWords(label ?? '');
    const same = known.indexOf(words);
    if (same >= 0) return same + 1;
    const within = known.flatMap((one, index) => (` ${one} `.includes(` ${words} `) ? [index + 1] : []));
    return within.length === 1 ? within[0] : undefined;
  });
}

const LONGEST_LABEL = 1_000;

/** A label without case, marks and punctuation; without its number too. */
const plainWords = (label: string): string =>
  label
    .slice(0, LONGEST_LABEL)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
