/** `failures.json`: what fails in a study, by the judgement of its first grader. Depends on plan and replies alone. */
import type { TunedStudent } from './plan.ts';
import type { Interval, Metric } from './results.ts';

/** Ways to fail that can be told from the text and its points; one text may show several. */
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

/** A mean over combinations: each counts by the mean over its texts. Rounded to the fourth decimal. */
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
  /** Points of skills that the text names, and of those it does not; before any deduction for names. */
  readonly leakage: { readonly named: Rate; readonly unnamed: Rate };
  /** Of trained arms only. */
  readonly exposure: readonly ExposureFigure[];
}

export interface SignatureCounts {
  readonly k: number;
  /** Texts with a score; those without one are `missing`. */
  readonly texts: number;
  readonly missing: number;
  readonly fullMarks: number;
  /** Null: the catalog's rubric has no such point. */
  readonly signatures: Readonly<Record<Signature, number | null>>;
  /** Below full marks, and no rule names how. */
  readonly unnamed: number;
}

export interface SkillFailures extends Rate {
  readonly skill: string;
  readonly category: string;
  /** Beside how many other skills. */
  readonly company: readonly (Rate & { readonly others: number })[];
}

export interface TopicFailures extends Rate {
  readonly topic: string;
  /** The topic point alone; null where the rubric has none. */
  readonly pertains: number | null;
}

/** Written texts of one k: their length in words, and how it goes with full marks. */
export interface LengthFigure {
  readonly k: number;
  readonly texts: number;
  readonly meanWords: number | null;
  readonly withFullMarks: number | null;
  readonly without: number | null;
  /** Pearson's, of words and full marks (0 or 1). */
  readonly correlation: number | null;
}

export type MetricMeans = Readonly<Record<Metric, number | null>>;

/**
 * Combinations whose skill set never occurred in the arm's training, beside all of them, as the cells are scored; each
 * training of the arm counts its own.
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
  /** If the skills failed independently, at their own rates for that student, arm, setting and k. */
  readonly expected: number;
  readonly lift: number;
}

export interface FailureExample extends TunedStudent {
  readonly signature: Signature;
  readonly k: number;
  readonly setting: string;
  readonly skills: readonly string[];
  readonly topic: string;
  /** From 0, in the plan's list, and which of the G answers. */
  readonly combination: number;
  readonly generation: number;
  readonly text: string;
}

export interface FailureDescription {
  readonly schema: 1;
  readonly study: string;
  readonly plan: string;
  /** The study's first: all points here are its. */
  readonly grader: string | null;
  readonly groups: readonly FailureGroup[];
  /** By lift, over the whole study; `minimum`: what a pair needs to be listed. */
  readonly coFailures: {
    readonly minimum: { readonly texts: number; readonly combinations: number; readonly expected: number };
    readonly pairs: readonly CoFailure[];
  };
  readonly examples: readonly FailureExample[];
}
