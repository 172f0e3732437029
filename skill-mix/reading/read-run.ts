/** Reads the files of one student, grader and k. A file that cannot be read counts as missing, with its reason. */
import { join, relative } from 'node:path';
import {
  findSides,
  readGradedRow,
  readTextRow,
  type GradingFile,
  type ReleasedRun,
  type TextRow,
} from '../scoring/records.ts';
import type { GradingFolder, RoundFolder } from './find-folders.ts';
import { readRecords, type ReadRecords } from './read-records.ts';

export interface Problem {
  /** Relative to the folder that is scored. */
  readonly place: string;
  readonly reason: string;
}

export interface FoundGrading extends GradingFolder {
  readonly round: number;
}

export interface FoundRun {
  readonly k: number;
  readonly seed: string;
  readonly generationVersion: string;
  readonly gradingVersion: string;
  readonly rounds: readonly number[];
  readonly gradings: readonly number[];
  /** The student's folder by round. */
  readonly students: readonly (RoundFolder & { readonly student: string })[];
  readonly folders: readonly FoundGrading[];
  /** Folders left out because another one has the same number. */
  readonly repeated: readonly string[];
}

export interface MissingGrading {
  readonly round: number;
  readonly grading: number;
  readonly reason: string;
}

export interface OpenedRun {
  readonly run: ReleasedRun;
  readonly missingGradings: readonly MissingGrading[];
  readonly problems: readonly Problem[];
}

export function readRun(found: FoundRun, directory: string): OpenedRun {
  const files: GradingFile[] = [];
  const missingGradings: MissingGrading[] = [];
  const at = (path: string): string => relative(directory, path) || '.';
  const problems: Problem[] = found.repeated.map((path) => ({
    place: at(path),
    reason: 'another folder has its number: this one is left out',
  }));
  for (const round of found.rounds)
    for (const grading of found.gradings) {
      const folder = found.folders.find((one) => one.round === round && one.grading === grading);
      const path = folder && join(folder.path, 'records.csv');
      const read = path === undefined ? absent(found, round) : readGradingFile(path, found.k, directory);
      if ('reason' in read) missingGradings.push({ round, grading, reason: read.reason });
      else files.push({ round, grading, digest: read.digest, rows: read.rows });
      if (path !== undefined)
        problems.push(
          ...('reason' in read ? [read.reason] : read.faults).map((reason) => ({ place: at(path), reason })),
        );
    }
  const texts = new Map(
    found.students.flatMap(({ round, student }) =>
      found.rounds.includes(round)
        ? [[round, readTexts(join(student, 'records.csv'), found.k, problems, { at, directory })] as const]
        : [],
    ),
  );
  return {
    run: { k: found.k, rounds: found.rounds, gradings: found.gradings, files, texts },
    missingGradings,
    problems,
  };
}

const absent = ({ students }: FoundRun, round: number): { reason: string } => ({
  reason: students.some((one) => one.round === round)
    ? 'there is no folder of this grading'
    : 'there is no folder of this student in this round',
});

type GradingRead = { reason: string } | (Pick<GradingFile, 'digest' | 'rows'> & { readonly faults: string[] });

function readGradingFile(path: string, k: number, directory: string): GradingRead {
  const read = readRecords(path, directory);
  if (read.end === 'unreadable') return { reason: read.reason };
  const sides = findSides(read.header);
  if (!read.header.includes('points_0') && sides.reply === undefined)
    return { reason: `it has neither points_0 nor a reply; its columns are ${listHeader(read.header)}` };
  const lacking = ['skills', 'topic', 'points_0', 'true_sentence_lim_pt_0'].filter(
    (name) => !read.header.includes(name),
  );
  return {
    digest: read.digest,
    rows: read.rows.map((cells) => readGradedRow(cells, sides, k)),
    faults: [
      ...lacking.map((name) => `it has no column ${name}`),
      ...(sides.reply === undefined ? ['it has no column with the replies'] : []),
      ...describeUneven(read),
    ],
  };
}

const listHeader = (header: readonly string[]): string =>
  header
    .slice(0, 12)
    .map((name) => name.slice(0, 40))
    .join(', ');

const describeUneven = ({ uneven }: Extract<ReadRecords, { end: 'read' }>): string[] =>
  uneven === 0 ? [] : [`${uneven} of its rows have more or fewer cells than the header: it may be cut off`];

interface Scored {
  readonly directory: string;
  /** A path within it. */
  readonly at: (path: string) => string;
}

function readTexts(path: string, k: number, problems: Problem[], { at, directory }: Scored): TextRow[] {
  const read = readRecords(path, directory);
  const reasons = read.end === 'unreadable' ? [read.reason] : describeUneven(read);
  problems.push(...reasons.map((reason) => ({ place: at(path), reason })));
  return read.end === 'read' ? read.rows.map((cells) => readTextRow(cells, k)) : [];
}
