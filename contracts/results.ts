/** `results.json`: the contract that other tools read. It depends on plan and replies alone (invariant 5). */
import type { ArmFailure } from './failures.ts';
import type { Hypothesis } from './hypotheses.ts';
import type { TunedStudent } from './plan.ts';

/** Both ends, low first. */
export type Interval = readonly [number, number];

export interface Estimate {
  readonly mean: number | null;
  /** Standard error: sample standard deviation (ddof 1) over combinations / sqrt(n). */
  readonly se: number | null;
  /** 95 % interval. */
  readonly ci: Interval | null;
  /** The mean if every missing item scored 0, and if it scored 1. */
  readonly bounds: Interval;
}

/** The metrics of Skill-Mix, which published figures and released runs have, each within [0, 1]. */
export const PUBLISHED_METRICS = ['fullMarks', 'allSkills', 'skillFraction'] as const;
export type PublishedMetric = (typeof PUBLISHED_METRICS)[number];
/** Those of a cell. */
export const METRICS = [...PUBLISHED_METRICS] as const;
export type Metric = (typeof METRICS)[number];
export type Metrics = Readonly<Record<Metric, Estimate>>;

/** The mean of one kind of point over the texts of a cell, as they are scored: first over generations, then combinations. */
export interface PointFigure {
  /** `skill` (all k together) or the id of a rubric point. */
  readonly point: string;
  readonly mean: number | null;
  readonly se: number | null;
  readonly n: number;
  readonly bounds: Interval;
}

/**
 * Another way to score the same texts, differing from the study's own in one switch; `leaderboard`: names deducted and
 * common skills excluded, as in the published Skill-Mix tables. The study's own way has no entry.
 */
export const VARIANTS = [
  'keepNames',
  'deductNames',
  'deductInflectedNames',
  'withCommonSkills',
  'withoutCommonSkills',
  'protocol',
  'segmenter',
  'leaderboard',
] as const;
export type Variant = (typeof VARIANTS)[number];
export type VariantMetrics = Readonly<Record<Metric, { readonly mean: number | null; readonly se: number | null }>> & {
  /** Combinations with a score. */
  readonly n: number;
};

export interface Counts {
  readonly planned: number;
  readonly generated: number;
  readonly refused: number;
  readonly truncated: number;
  readonly failed: number;
  readonly gradingsPlanned: number;
  readonly graded: number;
  readonly unparsable: number;
  readonly missing: number;
}

export interface Cell extends TunedStudent {
  readonly k: number;
  readonly setting: string;
  readonly grader: string;
  readonly counts: Counts;
  /** Share of the cell's skill sets that occurred in the arm's training texts. */
  readonly exposure: number;
  readonly metrics: Metrics;
  readonly metricsMeanOverGenerations: Metrics;
  /**
   * Number of generations whose maximum `metrics` estimates: fewer than planned where some failed or could not be
   * graded. Cells are compared at the smallest number that they share.
   */
  readonly generationsUsed?: number;
  readonly points?: readonly PointFigure[];
  readonly variants?: Readonly<Partial<Record<Variant, VariantMetrics>>>;
}

export interface CorpusRow {
  readonly partition: number;
  readonly k: number;
  readonly planned: number;
  readonly composed: number;
  readonly fullMarks: number;
  readonly duplicates: number;
  readonly kept: number;
  /** Share of the train skills that at least one kept text combines. */
  readonly skillCoverage: number;
}

/**
 * Agreement of graders on the same texts by kind of point (`skill` or a rubric point's id): over everything, or of one k
 * or one skill. Each pair of graders has rows; more than two have rows together as well, with alpha and without kappa.
 */
export interface Agreement {
  readonly graders: readonly string[];
  readonly point: string;
  readonly k?: number;
  readonly skill?: string;
  readonly texts: number;
  readonly raw: number | null;
  readonly kappa: number | null;
  /** Krippendorff's alpha (nominal); a text counts if at least two of the graders could grade it. */
  readonly alpha?: number | null;
}

/**
 * The skill that a difference depends on most: `without` is the difference, `pairs` the number of pairs, without its
 * combinations.
 */
export interface Influence {
  readonly skill: string;
  readonly without: number;
  readonly pairs: number;
}

/**
 * Intervals that cover more sources of chance than the normal one. Rounded to four decimals: random draws are no more
 * exact.
 */
export interface Resampled {
  /** 95 %: combinations resampled, and trainings too where an arm has several. */
  readonly bootstrap: Interval | null;
  /** 95 %: skills and topics resampled, for statements on other skills and topics of the same kind. */
  readonly crossed: Interval | null;
  readonly influence: Influence | null;
}

/** Difference `arm` - `against` on the same combinations, exploratory; replicates and partitions pooled. */
export interface Comparison extends Partial<Resampled> {
  readonly student: string;
  readonly arm: string;
  readonly against: string;
  readonly k: number;
  readonly setting: string;
  readonly grader: string;
  readonly metric: Metric;
  readonly pairs: number;
  readonly difference: number | null;
  readonly se: number | null;
  readonly ci: Interval | null;
}

/**
 * What a 95 % interval (or the test of equivalence) shows, uncorrected; `open`: it shows neither a difference nor
 * equivalence.
 */
export type Conclusion = 'above' | 'below' | 'equivalent' | 'open';

export interface UnderGrader {
  readonly grader: string;
  /** Whether the grader's model neither wrote nor chose the training texts. */
  readonly independent: boolean;
  readonly pairs: number;
  readonly difference: number | null;
  readonly ci: Interval | null;
  readonly conclusion: Conclusion | null;
}

/** A test that was frozen in the plan. Holm's correction covers all hypotheses of the study. */
export interface HypothesisResult extends Resampled, Omit<Hypothesis, 'student' | 'margin' | 'k'> {
  readonly student: string;
  readonly k: readonly number[];
  readonly margin: number | null;
  readonly pairs: number;
  readonly difference: number | null;
  readonly se: number | null;
  readonly ci: Interval | null;
  /**
   * Trainings of each trained arm; 0 if neither is trained. With 1, intervals and tests leave out the spread between
   * trainings.
   */
  readonly trainings: number;
  readonly test: 'exact' | 'monte-carlo' | 'equivalence' | null;
  readonly p: number | null;
  /** p after Holm's correction. */
  readonly adjusted: number | null;
  readonly upheld: boolean | null;
  /** Every grader, the independent ones first. */
  readonly graders: readonly UnderGrader[];
}

/** What an arm gains over the untrained student on held-out skills, less what it gains on train skills. Exploratory. */
export interface Gain {
  readonly student: string;
  readonly arm: string;
  readonly against: string;
  /** One value of k, or all of them averaged. */
  readonly k: readonly number[];
  readonly grader: string;
  readonly metric: Metric;
  readonly heldOut: number | null;
  readonly train: number | null;
  readonly difference: number | null;
  readonly se: number | null;
  readonly ci: Interval | null;
  readonly margin: number;
  /** Two one-sided tests: the larger p. */
  readonly p: number | null;
  readonly equivalent: boolean | null;
}

export interface Spending {
  /** US dollars, exact to a billionth. */
  readonly usd: number;
  readonly calls: number;
  readonly byModel: Readonly<
    Record<
      string,
      { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number; readonly usd: number }
    >
  >;
}

/** A tuned student that failed, so that its cells have no results; `reason` is the fixed text of `failure`. */
export interface FailedArm extends TunedStudent {
  readonly failure: ArmFailure;
  readonly reason: string;
}

/**
 * As the ledger has it, with the error's own message. That may name paths, ports and processes: never part of
 * `results.json`.
 */
export interface FailedArmRecord extends FailedArm {
  readonly details: string;
}

/** A cell that an operator gave up: replies that exist count, all others are missing. */
export interface Amendment {
  readonly kind: 'skip';
  /** As `tiny/1,2,3/k3/held-out`: the rows of all graders. */
  readonly cell: string;
  readonly why: string;
}

/** Two judges, of whom at least one is a person, on the points that both judged; without an arm: over all arms. */
export interface PeopleAgreement {
  readonly judges: readonly [string, string];
  readonly student?: string;
  readonly arm?: string;
  /** `all`, `skill` or the id of a rubric point. */
  readonly point: string;
  readonly texts: number;
  /** How many points were compared. */
  readonly n: number;
  readonly raw: number | null;
  readonly kappa: number | null;
}

/** The exported texts of one arm (or of one k and setting of it) as one judge, or several together, score them. */
export interface PeopleMetrics {
  readonly judges: readonly string[];
  readonly student: string;
  readonly arm: string;
  readonly k?: number;
  readonly setting?: string;
  readonly texts: number;
  /** Texts with a score from these judges. */
  readonly judged: number;
  readonly metrics: Metrics;
}

/** Judgements by people of texts that were exported blind; present only if some were imported. */
export interface People {
  /** `changed`: exported texts that the study no longer has; they count nowhere else. */
  readonly sample: { readonly exported: number; readonly judged: number; readonly changed: number };
  /** `complete`: texts of which every point was judged. */
  readonly persons: readonly { readonly person: string; readonly texts: number; readonly complete: number }[];
  readonly agreement: readonly PeopleAgreement[];
  readonly metrics: readonly PeopleMetrics[];
  readonly comments: readonly {
    readonly person: string;
    readonly student: string;
    readonly arm: string;
    readonly text: string;
    readonly comment: string;
  }[];
}

/** What arms are compared by; `domain/report/compared.ts` computes and shows each. Older results lack the optional ones. */
export interface Compared {
  readonly hypotheses?: readonly HypothesisResult[];
  readonly comparisons: readonly Comparison[];
  readonly gains?: readonly Gain[];
}

export interface Results extends Compared {
  readonly schema: 1;
  readonly study: string;
  readonly plan: string;
  readonly corpus: readonly CorpusRow[];
  readonly cells: readonly Cell[];
  readonly agreement: readonly Agreement[];
  readonly failedArms: readonly FailedArm[];
  /** In order of their cells. */
  readonly amendments: readonly Amendment[];
  readonly people?: People;
  readonly spending: Spending;
}

/** What the certificate says of one training file: exactly what was checked, on which bytes. */
export interface CertifiedDataset {
  readonly arm: string;
  readonly partition: number;
  readonly sha256: string;
  readonly examples: number;
  /** Held-out skill names that occur in answers: listed, not forbidden. */
  readonly heldOutWordsInAnswers: readonly { readonly skill: string; readonly examples: number }[];
}

export interface Certificate {
  readonly schema: 1;
  readonly study: string;
  readonly plan: string;
  readonly statement: string;
  readonly notCertified: readonly string[];
  readonly datasets: readonly CertifiedDataset[];
}
