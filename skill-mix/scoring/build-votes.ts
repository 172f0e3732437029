/** From rows to votes: k + 3 points for each text and grading, with null where the file has no such point. */
import { countSentences } from '../../domain/scoring/sentences.ts';
import { bareName, type GradedRow, type GradingFile, type ReleasedRun } from './records.ts';
import { OTHER_POINTS } from './written-points.ts';

/** Which points are voted with: the recorded ones, or those that the raw replies say. */
export type Source = 'recorded' | 'reread';

export interface Vote {
  readonly points: readonly (number | null)[];
  /** False where there is no file of this grading at all: it was never graded, or not released. */
  readonly released: boolean;
}

/** The votes on one combination: by round, then by grading. */
export type VotesOfCombination = readonly (readonly Vote[])[];

export interface VoteOptions {
  readonly source: Source;
  readonly deductNames: boolean;
}

export const combinationsOf = (run: ReleasedRun): number =>
  run.files.reduce((most, { rows }) => Math.max(most, rows.length), 0);

export function buildVotes(run: ReleasedRun, options: VoteOptions): VotesOfCombination[] {
  return Array.from({ length: combinationsOf(run) }, (_, index) =>
    run.rounds.map((round) => {
      const text = describeText(run, round, index);
      return run.gradings.map((grading) => voteOf(findFile(run, round, grading), index, text, run.k, options));
    }),
  );
}

export const findFile = (run: ReleasedRun, round: number, grading: number): GradingFile | undefined =>
  run.files.find((file) => file.round === round && file.grading === grading);

/**
 * What is known of a text from any of its gradings or from the student's records: used where a grading lacks its row.
 */
export interface KnownText {
  readonly skills: readonly string[];
  readonly text: string | undefined;
  readonly limitPoint: number | null;
}

export function describeText(run: ReleasedRun, round: number, index: number): KnownText {
  const rows = run.files.flatMap((file) => (file.round === round ? (file.rows[index] ?? []) : []));
  const own = run.texts.get(round)?.[index];
  const text = own?.text ?? rows.find(({ quoted }) => quoted !== undefined)?.quoted?.replace(/^"|"$/g, '');
  const recorded = rows.map((row) => recordedLimit(row, run.k)).find((point) => point !== undefined);
  return {
    skills: rows[0]?.skills ?? own?.skills ?? [],
    text,
    limitPoint: recorded ?? (text === undefined ? null : limitPoint(countSentences(text), run.k)),
  };
}

const limitPoint = (sentences: number, k: number): number => (sentences <= Math.max(1, k - 1) ? 1 : 0);

const recordedLimit = (row: GradedRow, k: number): number | undefined =>
  row.recordedLimitPoint ?? (row.recordedSentences === undefined ? undefined : limitPoint(row.recordedSentences, k));

function voteOf(
  file: GradingFile | undefined,
  index: number,
  known: KnownText,
  k: number,
  { source, deductNames }: VoteOptions,
): Vote {
  const row = file?.rows[index];
  const given = row ? pointsOf(row, source) : [];
  const points = Array.from({ length: k + OTHER_POINTS }, (_, point) => given[point] ?? null);
  points[k + OTHER_POINTS - 1] = (row && recordedLimit(row, k)) ?? known.limitPoint;
  if (deductNames) for (const named of namedSkills(row, known) ?? []) if (named < k) points[named] = 0;
  return { points, released: file !== undefined };
}

function pointsOf({ points, reread }: GradedRow, source: Source): readonly (number | null)[] {
  if (source === 'recorded') return points ?? [];
  return reread?.end === 'graded' ? reread.points : [];
}

/** Positions of the skills that the text names; undefined where neither prompt nor records have the text. */
export function namedSkills(row: GradedRow | undefined, known: KnownText): number[] | undefined {
  const text = (row?.quoted ?? known.text)?.toLowerCase();
  if (text === undefined) return undefined;
  return (row?.skills ?? known.skills).flatMap((skill, index) => (text.includes(bareName(skill)) ? [index] : []));
}
