/** `failures.json`: what fails in a study, by the judgement of its first grader. Depends on plan and replies alone. */
import type { TunedStudent } from '../plan.ts';
import type { Interval, Metric } from '../results.ts';

/** Ways to fail that a program recognises from the text and its points; one text may show several. */
export const SIGNATURES = [
  'refused',
  'truncated',
  'empty',
  'lists',
  'one-by-one',
  'too-long',
  'off-topic',
  'names',
] as const;
export type Signature = (typeof SIGNATURES)[number];

/**
 * A mean over combinations, each of which counts once with the mean over its texts; `ci` is a 95 % interval. Rounded to
 * four decimals.
 */
export interface Rate {
  readonly combinations: number;
  readonly texts: number;
  readonly mean: number | null;
  readonly ci: Interval | null;
}

/** All cells of a student's arm in one setting: replicates, partitions and values of k together. */
export interface FailureGroup {
  readonly student: string;
  readonly arm: string;
  readonly setting: string;
  readonly signatures: readonly SignatureCounts[];
  readonly skills: readonly SkillFailures[];
  readonly categories: readonly (Rate & { readonly category: string })[];
  readonly topics: readonly TopicFailures[];
  readonly length: readonly LengthFigure[];
  /**
   * How often graders give the point of a skill that the text names, and of one that it does not name; before any
   * deduction.
   */
  readonly leakage: { readonly named: Rate; readonly unnamed: Rate };
  /** Empty for untrained arms. */
  readonly exposure: readonly ExposureFigure[];
}

export interface SignatureCounts {
  readonly k: number;
  /** Texts with a score; those without one are `missing`. */
  readonly texts: number;
  readonly missing: number;
  readonly fullMarks: number;
  /** Null if the catalog's rubric lacks the point that the signature needs. */
  readonly signatures: Readonly<Record<Signature, number | null>>;
  /** Texts below full marks that show no signature. */
  readonly unnamed: number;
}

export interface SkillFailures extends Rate {
  readonly skill: string;
  readonly category: string;
  /** The same rate by the number of other skills in the combination. */
  readonly company: readonly (Rate & { readonly others: number })[];
}

export interface TopicFailures extends Rate {
  readonly topic: string;
  /** The rate of the topic's own point; null if the rubric has none. */
  readonly pertains: number | null;
}

/** Generated texts of one k: their length in words, with full marks and without. */
export interface LengthFigure {
  readonly k: number;
  readonly texts: number;
  readonly meanWords: number | null;
  readonly withFullMarks: number | null;
  readonly without: number | null;
  /** Pearson correlation of words with full marks (0 or 1); null if either is constant. */
  readonly correlation: number | null;
}

export type MetricMeans = Readonly<Record<Metric, number | null>>;

/**
 * Metrics of all combinations (`all`) and of those whose skill set never occurred in the arm's training texts
 * (`unseen`). Where an arm was trained several times, each training contributes its own combinations.
 */
export interface ExposureFigure {
  readonly k: number;
  readonly all: { readonly combinations: number; readonly metrics: MetricMeans };
  readonly unseen: { readonly combinations: number; readonly metrics: MetricMeans };
}

/** Two skills of one combination: do they fail together more often than each by itself would make them? */
export interface CoFailure {
  readonly skills: readonly [string, string];
  readonly texts: number;
  readonly combinations: number;
  readonly bothFailed: number;
  /**
   * Texts in which both would fail if the skills failed independently, at their own rates for that student, arm,
   * setting and k.
   */
  readonly expected: number;
  readonly lift: number;
}

export interface FailureExample extends TunedStudent {
  readonly signature: Signature;
  readonly k: number;
  readonly setting: string;
  readonly skills: readonly string[];
  readonly topic: string;
  /** Position in the plan's list, from 0; `generation` is which of the G answers, from 0. */
  readonly combination: number;
  readonly generation: number;
  readonly text: string;
}

export interface FailureDescription {
  readonly schema: 1;
  readonly study: string;
  readonly plan: string;
  /** The study's first grader, whose points all figures here use; null if the study names none. */
  readonly grader: string | null;
  readonly groups: readonly FailureGroup[];
  /** Pairs over the whole study, the largest lift first; `minimum` says what a pair needs to be listed. */
  readonly coFailures: {
    readonly minimum: { readonly texts: number; readonly combinations: number; readonly expected: number };
    readonly pairs: readonly CoFailure[];
  };
  readonly examples: readonly FailureExample[];
}
