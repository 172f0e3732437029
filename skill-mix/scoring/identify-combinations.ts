/**
 * A combination is identified by its row number alone, so this checks that all rounds and gradings have the same skills
 * and topic in a row.
 */
import { combinationsOf } from './build-votes.ts';
import type { ReleasedRun } from './records.ts';

export interface Combination {
  readonly skills: readonly string[];
  readonly topic: string;
}

export interface MisalignedRow extends Combination {
  readonly round: number;
  readonly grading: number;
  readonly row: number;
  readonly expected: Combination;
}

/** The combination of each row, from the first file that has the row. */
export const identifyCombinations = (run: ReleasedRun): Combination[] =>
  Array.from({ length: combinationsOf(run) }, (_, index) => {
    const row = run.files.find(({ rows }) => index < rows.length)?.rows[index];
    return { skills: row?.skills ?? [], topic: row?.topic ?? '' };
  });

const keyOf = ({ skills, topic }: Combination): string => JSON.stringify([skills, topic]).toLowerCase();

export function findMisaligned(run: ReleasedRun, combinations: readonly Combination[]): MisalignedRow[] {
  return run.files.flatMap(({ round, grading, rows }) =>
    rows.flatMap(({ skills, topic }, index) => {
      const expected = combinations[index];
      if (!expected || keyOf(expected) === keyOf({ skills, topic })) return [];
      return [{ round, grading, row: index + 1, skills, topic, expected }];
    }),
  );
}

export interface WrongK {
  readonly round: number;
  readonly grading: number;
  readonly row: number;
  readonly reason: string;
}

/** Rows whose number of skills, or whose own `k`, is not the folder's. */
export function findWrongK({ k, files }: ReleasedRun): WrongK[] {
  return files.flatMap(({ round, grading, rows }) =>
    rows.flatMap((row, index) => {
      const faults = [
        ...(row.skills.length === k ? [] : [`${row.skills.length} skills`]),
        ...(row.k === undefined || row.k === k ? [] : [`k = ${row.k}`]),
      ];
      if (faults.length === 0) return [];
      return [{ round, grading, row: index + 1, reason: `${faults.join(' and ')} in a folder of k = ${k}` }];
    }),
  );
}
