/** Scores one released run (student, grader, k): metrics from its rows, and every fault found in them. */
import { buildVotes } from './build-votes.ts';
import {
  countEffectiveGradings,
  findCopiedRounds,
  findIdentical,
  measureSelfAgreement,
  type CopiedRound,
  type IdenticalGradings,
  type SelfAgreement,
} from './compare-gradings.ts';
import {
  comparePoints,
  countRows,
  findShortRounds,
  type Disagreement,
  type RowCounts,
  type ShortRound,
} from './compare-points.ts';
import {
  findMisaligned,
  findWrongK,
  identifyCombinations,
  type Combination,
  type MisalignedRow,
  type WrongK,
} from './identify-combinations.ts';
import { bareName, type ReleasedRun } from './records.ts';
import { isComplete, scoreVotes, type MissingRule, type ReleasedMetrics } from './score-votes.ts';

export interface ScoreOptions {
  readonly missing: MissingRule;
  readonly deductNames: boolean;
  /** As written by the user: whole names, or names before their parenthesis, in any case. */
  readonly dropSkills: readonly string[];
}

export interface ReleasedCounts extends RowCounts {
  readonly combinations: number;
  /** Left out because of a dropped skill. */
  readonly leftOut: number;
  /** Of those that take part: at least one point of a released grading is missing. */
  readonly incomplete: number;
  /** The denominator of the metrics. */
  readonly scored: number;
  readonly texts: number;
}

export interface RunScore {
  readonly metrics: ReleasedMetrics;
  /** With the points that the raw replies say; null where no file holds replies. */
  readonly metricsReread: ReleasedMetrics | null;
  readonly counts: ReleasedCounts;
  readonly missingRounds: readonly number[];
  readonly shortRounds: readonly ShortRound[];
  readonly identicalGradings: readonly IdenticalGradings[];
  readonly copiedRounds: readonly CopiedRound[];
  readonly effectiveGradings: number;
  readonly agreement: readonly SelfAgreement[];
  readonly disagreements: readonly Disagreement[];
  readonly misalignedRows: readonly MisalignedRow[];
  readonly wrongK: readonly WrongK[];
}

export function scoreRun(run: ReleasedRun, options: ScoreOptions): RunScore {
  const combinations = identifyCombinations(run);
  const taken = combinations.flatMap((one, index) => (hasSkill(one, options.dropSkills) ? [] : [index]));
  const votesFrom = (source: 'recorded' | 'reread') => {
    const all = buildVotes(run, { source, deductNames: options.deductNames });
    return taken.flatMap((index) => (all[index] ? [all[index]] : []));
  };
  const recorded = votesFrom('recorded');
  const incomplete = recorded.filter((votes) => !isComplete(votes)).length;
  const hasReplies = run.files.some(({ rows }) => rows.some(({ reread }) => reread !== undefined));
  return {
    metrics: scoreVotes(recorded, run.k, options.missing),
    metricsReread: hasReplies ? scoreVotes(votesFrom('reread'), run.k, options.missing) : null,
    counts: {
      combinations: combinations.length,
      leftOut: combinations.length - taken.length,
      incomplete,
      scored: options.missing === 'zero' ? taken.length : taken.length - incomplete,
      texts: Math.max(0, ...[...run.texts.values()].map((rows) => rows.length)),
      ...countRows(run, taken),
    },
    missingRounds: run.rounds.filter((round) => !run.files.some((file) => file.round === round)),
    shortRounds: findShortRounds(run),
    identicalGradings: findIdentical(run),
    copiedRounds: findCopiedRounds(run),
    effectiveGradings: countEffectiveGradings(run),
    agreement: measureSelfAgreement(run, taken),
    disagreements: comparePoints(run),
    misalignedRows: findMisaligned(run, combinations),
    wrongK: findWrongK(run),
  };
}

const namesOf = (skill: string): string[] => [skill.toLowerCase(), bareName(skill)];

const hasSkill = ({ skills }: Combination, wanted: readonly string[]): boolean =>
  skills.some((skill) => wanted.some((name) => namesOf(skill).includes(name.trim().toLowerCase())));

/** Skills of the runs, once each, as written there. */
export const listSkills = (runs: readonly ReleasedRun[]): string[] =>
  [...new Set(runs.flatMap(({ files }) => files.flatMap(({ rows }) => rows.flatMap(({ skills }) => skills))))].sort();

export const isKnownSkill = (name: string, skills: readonly string[]): boolean =>
  hasSkill({ skills, topic: '' }, [name]);
