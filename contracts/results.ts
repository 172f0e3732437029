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

/** Skill-Mix metrics, each within [0, 1]. */
export const METRICS = ['fullMarks', 'allSkills', 'skillFraction'] as const;
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
 * common skills excluded, as the published Skill-Mix tables. A way that is the study's own has no entry.
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
   * How many generations the best is of, in `metrics`: fewer than planned where some failed or have no reading. Cells
   * are compared at the smallest number that they share.
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
  /** Krippendorff's, nominal; what only some of the graders judged counts as far as it can be paired. */
  readonly alpha?: number | null;
}

/** The skill whose combinations move a difference most: what is left without them. */
export interface Influence {
  readonly skill: string;
  readonly without: number;
  readonly pairs: number;
}

/** Intervals that see more than the normal one does; rounded to the fourth decimal, as they are drawn. */
export interface Resampled {
  /** 95 %: combinations drawn again; trainings of an arm too, where there are several. */
  readonly bootstrap: Interval | null;
  /** 95 %: skills and topics drawn again, for statements on other skills and topics of the same kind. */
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

/** What an interval (for equivalence: two one-sided tests) says of a difference, without any correction. */
export type Conclusion = 'above' | 'below' | 'equivalent' | 'open';

export interface UnderGrader {
  readonly grader: string;
  /** Its model neither wrote nor chose the training texts. */
  readonly independent: boolean;
  readonly pairs: number;
  readonly difference: number | null;
  readonly ci: Interval | null;
  readonly conclusion: Conclusion | null;
}

/** A test that was frozen in the plan. The family that Holm's correction covers is all of them. */
export interface HypothesisResult extends Resampled, Omit<Hypothesis, 'student' | 'margin' | 'k'> {
  readonly student: string;
  readonly k: readonly number[];
  readonly margin: number | null;
  readonly pairs: number;
  readonly difference: number | null;
  readonly se: number | null;
  readonly ci: Interval | null;
  /** Trainings of the arm that has fewest; with one, no interval and no test holds the spread between trainings. */
  readonly trainings: number;
  readonly test: 'exact' | 'monte-carlo' | 'equivalence' | null;
  readonly p: number | null;
  /** After Holm. */
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

/** A tuned student that the study went on without; `reason`: what its failure means. */
export interface FailedArm extends TunedStudent {
  readonly failure: ArmFailure;
  readonly reason: string;
}

/** With what was said when it failed, which may name paths, ports and processes: never part of `results.json`. */
export interface FailedArmRecord extends FailedArm {
  readonly details: string;
}

/** A cell that a person gave up: what was answered until then counts, what lacks is missing. */
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

/** What people gave to texts that were exported blind; there only when something was imported. */
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

export interface Results {
  readonly schema: 1;
  readonly study: string;
  readonly plan: string;
  readonly corpus: readonly CorpusRow[];
  readonly cells: readonly Cell[];
  readonly agreement: readonly Agreement[];
  readonly hypotheses?: readonly HypothesisResult[];
  readonly comparisons: readonly Comparison[];
  readonly gains?: readonly Gain[];
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
  /** Held-out skill names that stand in answers: listed, not forbidden. */
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
