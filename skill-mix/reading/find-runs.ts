/** Which runs of a folder the user means; where there are none, a reason that names what the folder has instead. */
import { basename, join } from 'node:path';
import { UserError } from '../../contracts/failures.ts';
import { nearestOf } from '../../domain/basics/nearest.ts';
import { findGradings, findRoundFolders, findStudents, foldersIn, isFolder, type RoundFolder } from './find-folders.ts';
import { matchName } from './match-name.ts';
import type { FoundRun } from './read-run.ts';

export interface Wanted {
  readonly directory: string;
  readonly student: string;
  readonly grader: string;
  /** Undefined: all that are there. */
  readonly ks: readonly number[] | undefined;
  readonly rounds: readonly number[] | undefined;
  readonly gradings: readonly number[] | undefined;
}

export interface NotFound {
  readonly k: number;
  readonly reason: string;
}

export interface FoundRuns {
  readonly runs: readonly FoundRun[];
  readonly notFound: readonly NotFound[];
}

/** Only the final text of the two turns is scored. */
const FINAL_TEXT = '1';

/** The published numbers of rounds and gradings: expected even where none of that number is left. */
const PUBLISHED = [1, 2, 3];

export function findRuns(wanted: Wanted): FoundRuns {
  const folders = findRoundFolders(wanted.directory);
  if (folders.length === 0) throw noRounds(wanted.directory);
  const ks = wanted.ks ?? sorted(folders.map(({ k }) => k));
  const runs: FoundRun[] = [];
  const notFound: NotFound[] = [];
  for (const k of ks) {
    const found = findRunsOf(k, folders, wanted);
    if (typeof found === 'string') notFound.push({ k, reason: found });
    else runs.push(...found);
  }
  if (runs.length > 0) return { runs, notFound };
  const reasons = [...new Set(notFound.map(({ reason }) => reason))];
  throw new UserError(reasons.join(' '), 'Name the student, the grader and k as the folders do.');
}

const sorted = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((a, b) => a - b);

function noRounds(directory: string): UserError {
  if (!isFolder(directory))
    return new UserError(`There is no folder "${directory}".`, 'Name the one that holds the rounds.');
  const inside = foldersIn(directory);
  const nested = inside.find((name) => findRoundFolders(join(directory, name)).length > 0);
  const up = findRoundFolders(join(directory, '..')).some(
    ({ path }) => basename(path) === basename(join(directory, '.')),
  );
  const remedy =
    nested !== undefined
      ? `Its folder "${nested}" holds them: name that one.`
      : up
        ? 'It is a single round: name the folder above it.'
        : `There is instead: ${listSome(inside)}.`;
  return new UserError(`No folder k{k}_s{seed}_v{version}_r{round} lies in "${directory}".`, remedy);
}

function listSome(names: readonly string[]): string {
  if (names.length === 0) return 'nothing (no folder)';
  return `${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;
}

/**
 * One run for each seed, version of prompts and version of grading, which never mix; or the reason why there is none.
 */
function findRunsOf(k: number, all: readonly RoundFolder[], wanted: Wanted): FoundRun[] | string {
  const folders = all.filter((folder) => folder.k === k);
  if (folders.length === 0) return `There is no k = ${k}: there is ${sorted(all.map((one) => one.k)).join(', ')}.`;
  const students = [...new Set(folders.flatMap(({ path }) => findStudents(path)))];
  const student = matchName(wanted.student, students);
  if (student === undefined)
    return `No student "${wanted.student}" for k = ${k}.${nearestOf(wanted.student, students)} There is: ${listSome(students)}.`;
  const inFolders = folders.flatMap((folder) =>
    findStudents(folder.path).includes(student) ? [{ ...folder, student: join(folder.path, student) }] : [],
  );
  const rounds = keepFirst(inFolders, ({ seed, version, round }) => [seed, version, round]);
  const graded = rounds.kept.flatMap((folder) =>
    findGradings(folder.student).map((grading) => ({ ...grading, round: folder.round, folder })),
  );
  const finals = graded.filter(({ column }) => column === FINAL_TEXT);
  const graders = [...new Set(finals.map(({ grader }) => grader))];
  const grader = matchName(wanted.grader, graders);
  if (grader === undefined)
    return `No grader "${wanted.grader}" of the final texts (text_1) of "${student}" for k = ${k}.${nearestOf(wanted.grader, graders)} There is: ${describeGraders(graders, graded)}.`;
  const own = keepFirst(
    finals.filter((one) => one.grader === grader),
    ({ folder, version, grading }) => [folder.path, version, grading],
  );
  const repeated = [...rounds.repeated.map((one) => one.student), ...own.repeated.map(({ path }) => path)];
  return splitRuns(own.kept, rounds.kept, folders, wanted).map((run) => ({ ...run, repeated }));
}

/** Of two folders with the same number (1 and 01) the shorter name counts: the published code reads that one. */
function keepFirst<Folder extends { readonly path: string }>(
  folders: readonly Folder[],
  keyOf: (folder: Folder) => readonly unknown[],
): { kept: Folder[]; repeated: Folder[] } {
  const kept = new Map<string, Folder>();
  const ordered = folders.toSorted((a, b) => a.path.length - b.path.length);
  for (const folder of ordered) {
    const key = JSON.stringify(keyOf(folder));
    if (!kept.has(key)) kept.set(key, folder);
  }
  const chosen = new Set(kept.values());
  return {
    kept: folders.filter((folder) => chosen.has(folder)),
    repeated: folders.filter((folder) => !chosen.has(folder)),
  };
}

const describeGraders = (graders: readonly string[], all: readonly { grader: string; column: string }[]): string =>
  graders.length > 0
    ? listSome(graders)
    : listSome([...new Set(all.map(({ grader, column }) => `${grader} on text_${column}`))]);

type Graded = FoundRun['folders'][number] & { readonly folder: RoundFolder };

function splitRuns(
  graded: readonly Graded[],
  students: FoundRun['students'],
  folders: readonly RoundFolder[],
  { rounds, gradings }: Wanted,
): Omit<FoundRun, 'repeated'>[] {
  const keys = new Map(graded.map((one) => [JSON.stringify([one.folder.seed, one.folder.version, one.version]), one]));
  return [...keys.values()].map(({ folder: { k, seed, version }, version: gradingVersion }) => {
    const same = (folder: RoundFolder): boolean => folder.seed === seed && folder.version === version;
    const own = graded.filter((one) => same(one.folder) && one.version === gradingVersion);
    return {
      k,
      seed,
      generationVersion: version,
      gradingVersion,
      rounds: rounds ?? sorted([...PUBLISHED, ...folders.filter(same).map(({ round }) => round)]),
      gradings: gradings ?? sorted([...PUBLISHED, ...own.map(({ grading }) => grading)]),
      students: students.filter(same),
      folders: own,
    };
  });
}
