/** Finds the parts of a released run by the names of its folders; no file is opened here. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../contracts/failures.ts';

export interface RoundFolder {
  readonly path: string;
  readonly k: number;
  readonly seed: string;
  /** Version of the student's prompts. */
  readonly version: string;
  readonly round: number;
}

export interface GradingFolder {
  readonly path: string;
  readonly grader: string;
  readonly column: string;
  readonly grading: number;
  /** Version of the grading prompt. */
  readonly version: string;
}

const ROUND = /^k(\d+)_s(.*?)_v(.*)_r(\d+)$/;
const GRADING = /^by_(.+)_on_text_([^_/]+)_(\d+)(?:_(.*))?$/s;

/** Models' names may hold slashes, so folders of students and gradings can lie deeper than one level. */
const DEPTH = 4;

export const findRoundFolders = (directory: string): RoundFolder[] =>
  foldersIn(directory).flatMap((name) => {
    const [, k, seed = '', version = '', round] = ROUND.exec(name) ?? [];
    if (k === undefined || round === undefined) return [];
    return [{ path: join(directory, name), k: Number(k), seed, version, round: Number(round) }];
  });

/** Names of the folders directly in this one, sorted; empty if it is not a folder. */
export function foldersIn(directory: string): string[] {
  if (!isFolder(directory)) return [];
  return listNames(directory)
    .filter((name) => isFolder(join(directory, name)))
    .sort();
}

function listNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `The folder "${directory}" cannot be read (${code ?? 'unknown'}).`,
      'Give yourself the right to read it.',
    );
  }
}

/** A broken or circular link is not a folder. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** A student's folder holds its records or their gradings. */
export function findStudents(round: string, below = '', depth = DEPTH): string[] {
  return foldersIn(join(round, below)).flatMap((name) => {
    const student = below === '' ? name : `${below}/${name}`;
    const path = join(round, student);
    if (existsSync(join(path, 'records.csv')) || existsSync(join(path, 'graded'))) return [student];
    return depth > 1 ? findStudents(round, student, depth - 1) : [];
  });
}

export function findGradings(student: string, below = '', depth = DEPTH): GradingFolder[] {
  const graded = join(student, 'graded');
  return foldersIn(join(graded, below)).flatMap((name) => {
    const inner = below === '' ? name : `${below}/${name}`;
    const [, grader, column, grading, version = ''] = GRADING.exec(inner) ?? [];
    if (grader !== undefined && column !== undefined && grading !== undefined)
      return [{ path: join(graded, inner), grader, column, grading: Number(grading), version }];
    return depth > 1 ? findGradings(student, inner, depth - 1) : [];
  });
}
