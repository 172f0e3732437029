/** The published aggregation: majority over gradings, best of the generations, mean over combinations. */
import { PUBLISHED_METRICS, type PublishedMetric } from '../../contracts/results.ts';
import type { Vote, VotesOfCombination } from './build-votes.ts';
import { formatFixed, meanOf, standardErrorOf, vote, type Precision } from './single-precision.ts';
import { OTHER_POINTS } from './written-points.ts';

/**
 * zero: missing points count as 0, as in the published code. drop: combinations with a missing point are left out.
 * bounds: mean and error as with drop, and the worst and best case of what is missing.
 */
export const MISSING_RULES = ['zero', 'drop', 'bounds'] as const;
export type MissingRule = (typeof MISSING_RULES)[number];

export interface ReleasedMetric {
  readonly mean: number | null;
  /** Sample standard deviation over combinations / sqrt(n); null below two. */
  readonly se: number | null;
  /** The mean if every missing point, grading and round were 0, and if it were 1. */
  readonly bounds: readonly [number, number] | null;
  /** As the published code prints it. */
  readonly printed: string;
}

export type ReleasedMetrics = Readonly<Record<PublishedMetric, ReleasedMetric>>;

/** The published code keeps whole numbers exact and fractions in 32 bits. */
const PRECISION: Record<PublishedMetric, Precision> = {
  fullMarks: 'double',
  allSkills: 'double',
  skillFraction: 'single',
};

export function scoreVotes(
  combinations: readonly VotesOfCombination[],
  k: number,
  missing: MissingRule,
): ReleasedMetrics {
  const counted = missing === 'zero' ? combinations : combinations.filter(isComplete);
  const scores = counted.map((votes) => scoreCombination(votes.map(released), k, 0));
  const low = combinations.map((votes) => scoreCombination(votes, k, 0));
  const high = combinations.map((votes) => scoreCombination(votes, k, 1));
  return byPublished((metric) => {
    const over = (all: readonly Scores[]): number | null =>
      meanOf(
        all.map((each) => each[metric]),
        PRECISION[metric],
      );
    const mean = over(scores);
    const se = standardErrorOf(
      scores.map((each) => each[metric]),
      PRECISION[metric],
    );
    const bounds = combinations.length === 0 ? null : ([over(low) ?? 0, over(high) ?? 1] as const);
    return { mean, se, bounds, printed: printMetric(mean, se) };
  });
}

/** "0.40 ± 0.049": two digits and three. */
const printMetric = (mean: number | null, se: number | null): string =>
  mean === null ? 'nothing to score' : `${formatFixed(mean, 2)} ± ${se === null ? 'nan' : formatFixed(se, 3)}`;

const released = (votes: readonly Vote[]): readonly Vote[] => votes.filter((one) => one.released);

/** Whether every released grading has every point. */
export const isComplete = (votes: VotesOfCombination): boolean =>
  votes.flatMap(released).every(({ points }) => points.every((point) => point !== null));

const byPublished = <T>(make: (metric: PublishedMetric) => T) =>
  Object.fromEntries(PUBLISHED_METRICS.map((metric) => [metric, make(metric)])) as Record<PublishedMetric, T>;

type Scores = Readonly<Record<PublishedMetric, number>>;

/** The best generation of a combination; a round without any grading counts as none. */
function scoreCombination(rounds: VotesOfCombination, k: number, missing: 0 | 1): Scores {
  const generations = rounds.filter((votes) => votes.length > 0).map((votes) => scoreGeneration(votes, k, missing));
  return byPublished((metric) => Math.max(0, ...generations.map((scores) => scores[metric])));
}

/** Compares sums, not single points, as the published code does: it matters where a grader gave more than one point. */
function scoreGeneration(votes: readonly Vote[], k: number, missing: 0 | 1): Scores {
  const points = Array.from({ length: k + OTHER_POINTS }, (_, index) =>
    vote(votes.map((one) => one.points[index] ?? missing)),
  );
  const sum = (some: readonly number[]): number => some.reduce((total, point) => total + point, 0);
  const skills = sum(points.slice(0, k));
  const others = sum(points.slice(k));
  return {
    fullMarks: skills + others === k + OTHER_POINTS ? 1 : 0,
    allSkills: skills === k && others >= OTHER_POINTS - 1 ? 1 : 0,
    skillFraction: others === OTHER_POINTS ? Math.fround(skills / k) : 0,
  };
}
