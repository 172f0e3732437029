/** How far repeated gradings of the same text agree, and which are copies: copies of a file count as one grading. */
import type { GradingFile, ReleasedRun } from './records.ts';
import { OTHER_POINTS } from './written-points.ts';

export interface IdenticalGradings {
  readonly round: number;
  readonly gradings: readonly number[];
}

/** Files of one round that are equal byte for byte. */
export const findIdentical = (run: ReleasedRun): IdenticalGradings[] =>
  run.rounds.flatMap((round) =>
    [...groupByDigest(run, round).values()].flatMap((files) =>
      files.length > 1 ? [{ round, gradings: files.map(({ grading }) => grading).sort((a, b) => a - b) }] : [],
    ),
  );

export interface CopiedRound {
  readonly round: number;
  /** The first round that has the same file. */
  readonly of: number;
}

/**
 * Rounds with a file of an earlier round, byte for byte. The file quotes the texts, so these were not written anew
 * either.
 */
export const findCopiedRounds = (run: ReleasedRun): CopiedRound[] =>
  run.rounds.flatMap((round, index) => {
    const own = groupByDigest(run, round);
    const of = run.rounds.slice(0, index).find((earlier) => digestsOf(run, earlier).some((digest) => own.has(digest)));
    return of === undefined ? [] : [{ round, of }];
  });

const digestsOf = (run: ReleasedRun, round: number): string[] => [...groupByDigest(run, round).keys()];

function groupByDigest({ files }: ReleasedRun, round: number): Map<string, GradingFile[]> {
  const groups = new Map<string, GradingFile[]>();
  for (const file of files)
    if (file.round === round) groups.set(file.digest, [...(groups.get(file.digest) ?? []), file]);
  return groups;
}

const distinctFiles = (run: ReleasedRun, round: number): GradingFile[] =>
  [...groupByDigest(run, round).values()].flatMap((files) => files.slice(0, 1));

/** Gradings per round that are not copies of another one: the mean over the rounds that have any. */
export function countEffectiveGradings(run: ReleasedRun): number {
  const counts = run.rounds.map((round) => distinctFiles(run, round).length).filter((count) => count > 0);
  return counts.length === 0 ? 0 : counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

export interface SelfAgreement {
  readonly point: 'skill' | 'topic' | 'sense' | 'sentences';
  /** Pairs of gradings of the same point. */
  readonly pairs: number;
  readonly raw: number | null;
  /** Chance-corrected with one pooled rate (Scott's pi); undefined where the grader never varied. */
  readonly kappa: number | null;
}

const OTHERS = ['topic', 'sense', 'sentences'] as const;

/** Recorded points of distinct gradings, in pairs: the sentence point as the grader gave it. */
export function measureSelfAgreement(run: ReleasedRun, indexes: readonly number[]): SelfAgreement[] {
  const tallies = new Map<SelfAgreement['point'], Tally>();
  for (const point of ['skill', ...OTHERS] as const) tallies.set(point, { pairs: 0, equal: 0, earned: 0 });
  for (const round of run.rounds)
    for (const [left, right] of pairsOf(distinctFiles(run, round)))
      for (const index of indexes) tallyRows(left.rows[index]?.points, right.rows[index]?.points, run.k, tallies);
  return [...tallies].map(([point, tally]) => ({ point, ...agreementOf(tally) }));
}

interface Tally {
  pairs: number;
  equal: number;
  /** Points earned, both sides together. */
  earned: number;
}

type Row = readonly (number | null)[] | undefined;

function tallyRows(left: Row, right: Row, k: number, tallies: Map<SelfAgreement['point'], Tally>): void {
  if (left?.length !== k + OTHER_POINTS || right?.length !== k + OTHER_POINTS) return;
  for (const [index, ours] of left.entries()) {
    const theirs = right[index];
    const tally = tallies.get(index < k ? 'skill' : (OTHERS[index - k] ?? 'skill'));
    if (!tally || ours === null || theirs === null) continue;
    tally.pairs += 1;
    tally.equal += (ours === 1) === (theirs === 1) ? 1 : 0;
    tally.earned += (ours === 1 ? 1 : 0) + (theirs === 1 ? 1 : 0);
  }
}

const pairsOf = <Item>(items: readonly Item[]): (readonly [Item, Item])[] =>
  items.flatMap((left, index) => items.slice(index + 1).map((right) => [left, right] as const));

function agreementOf({ pairs, equal, earned }: Tally): Omit<SelfAgreement, 'point'> {
  if (pairs === 0) return { pairs, raw: null, kappa: null };
  const raw = equal / pairs;
  const rate = earned / (2 * pairs);
  const chance = rate ** 2 + (1 - rate) ** 2;
  return { pairs, raw, kappa: chance === 1 ? null : (raw - chance) / (1 - chance) };
}
