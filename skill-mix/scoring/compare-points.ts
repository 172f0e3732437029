/** Compares recorded points with those that the raw replies say, and lists every row where they differ. */
import { combinationsOf, describeText, findFile, namedSkills, type KnownText } from './build-votes.ts';
import type { GradedRow, ReleasedRun } from './records.ts';
import { OTHER_POINTS } from './written-points.ts';

export interface Disagreement {
  readonly round: number;
  readonly grading: number;
  /** Counted from 1, without the header. */
  readonly row: number;
  readonly topic: string;
  readonly recorded: readonly (number | null)[];
  readonly reread: readonly number[] | null;
  readonly reason: string;
}

/** Rows of files without replies or points cannot be compared; such files are listed as problems. */
export function comparePoints(run: ReleasedRun): Disagreement[] {
  return run.files.flatMap(({ round, grading, rows }) =>
    rows.flatMap((row, index) => {
      const found = compareRow(row, run.k + OTHER_POINTS);
      return found ? [{ round, grading, row: index + 1, topic: row.topic, ...found }] : [];
    }),
  );
}

function compareRow(row: GradedRow, expected: number): Pick<Disagreement, 'recorded' | 'reread' | 'reason'> | null {
  const { points: recorded, reread } = row;
  if (reread === undefined || recorded === undefined) return null;
  const fault = describeFault(recorded, expected);
  if (reread.end === 'unparsable')
    return { recorded, reread: null, reason: [...fault, `reply: ${reread.reason}`].join('; ') };
  const points = reread.points;
  if (fault.length > 0) return { recorded, reread: points, reason: fault.join('; ') };
  const differing = points.flatMap((point, index) => (point === recorded[index] ? [] : [index + 1]));
  if (differing.length === 0) return null;
  return { recorded, reread: points, reason: `point ${differing.join(', ')} of ${expected} differs` };
}

function describeFault(recorded: readonly (number | null)[], expected: number): string[] {
  if (recorded.length !== expected)
    return [recorded.length === 0 ? 'no points recorded' : `${recorded.length} points recorded instead of ${expected}`];
  const unreadable = recorded.flatMap((point, index) => (point === null ? [index + 1] : []));
  return unreadable.length > 0 ? [`recorded point ${unreadable.join(', ')} is not a number`] : [];
}

/** gradingsPlanned = complete + short + long + empty + unreadable + missing. */
export interface RowCounts {
  readonly gradingsPlanned: number;
  readonly complete: number;
  readonly short: number;
  readonly long: number;
  readonly empty: number;
  readonly unreadable: number;
  readonly missing: number;
  /** Gradings of which at least one point lies outside 0 to 1. */
  readonly outOfRange: number;
  /** Gradings whose reply says every point. */
  readonly replyReadable: number;
  /** Gradings with recorded points and a reply, which `disagreements` compares. */
  readonly compared: number;
  /** Gradings of texts that name at least one of their skills. */
  readonly named: number;
  /** Gradings of texts that neither the prompt nor the student's records have: nothing can be deducted from them. */
  readonly textUnknown: number;
}

/** Over the combinations that take part. */
export function countRows(run: ReleasedRun, indexes: readonly number[]): RowCounts {
  const tally = new Map<string, number>();
  const add = (name: string): void => void tally.set(name, (tally.get(name) ?? 0) + 1);
  for (const round of run.rounds)
    for (const index of indexes) {
      const known = describeText(run, round, index);
      for (const grading of run.gradings) {
        const row = findFile(run, round, grading)?.rows[index];
        for (const name of row ? describeRow(row, known, run.k + OTHER_POINTS) : ['missing']) add(name);
      }
    }
  const count = (name: string): number => tally.get(name) ?? 0;
  return {
    gradingsPlanned: run.rounds.length * run.gradings.length * indexes.length,
    complete: count('complete'),
    short: count('short'),
    long: count('long'),
    empty: count('empty'),
    unreadable: count('unreadable'),
    missing: count('missing'),
    outOfRange: count('outOfRange'),
    replyReadable: count('replyReadable'),
    compared: count('compared'),
    named: count('named'),
    textUnknown: count('textUnknown'),
  };
}

function describeRow(row: GradedRow, known: KnownText, expected: number): string[] {
  const points = row.points ?? [];
  const named = namedSkills(row, known);
  const also = [
    ...(points.some((point) => point !== null && (point < 0 || point > 1)) ? ['outOfRange'] : []),
    ...(row.reread?.end === 'graded' ? ['replyReadable'] : []),
    ...(row.points !== undefined && row.reread !== undefined ? ['compared'] : []),
    ...(named === undefined ? ['textUnknown'] : named.length > 0 ? ['named'] : []),
  ];
  return [kindOf(points, expected), ...also];
}

function kindOf(points: readonly (number | null)[], expected: number): string {
  if (points.length === 0) return 'empty';
  if (points.includes(null)) return 'unreadable';
  if (points.length === expected) return 'complete';
  return points.length < expected ? 'short' : 'long';
}

export interface ShortRound {
  readonly round: number;
  readonly grading: number;
  readonly rows: number;
  readonly expected: number;
}

/** Gradings with fewer rows than the longest one. */
export const findShortRounds = (run: ReleasedRun): ShortRound[] =>
  run.files.flatMap(({ round, grading, rows }) =>
    rows.length < combinationsOf(run) ? [{ round, grading, rows: rows.length, expected: combinationsOf(run) }] : [],
  );
