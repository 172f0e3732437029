/** Inputs and results of the activities: small references, never texts (invariant 3). */
import type { TunedStudent } from './plan.ts';

/** A text of the training corpus: position in `plan.compose` and in its items. */
export interface ComposedRef {
  readonly kind: 'compose';
  readonly plan: string;
  readonly list: number;
  readonly index: number;
}

/** A student's text: position in `plan.evaluation` and in its items, which of G generations, and whose. */
export interface GeneratedRef {
  readonly kind: 'evaluate';
  readonly plan: string;
  readonly list: number;
  readonly index: number;
  readonly generation: number;
  readonly tuned: TunedStudent;
}
export type TextRef = ComposedRef | GeneratedRef;

export interface WriteTextInput {
  readonly ref: TextRef;
}
export interface WriteTextResult {
  /** `open`: one more turn is needed. */
  readonly end: 'open' | 'generated' | 'refused' | 'truncated' | 'failed';
}

export interface GradeTextInput {
  readonly ref: TextRef;
  /** The grader's place in the study file's `graders`, or the one that filters training texts. */
  readonly grader: number | 'keep';
  readonly round: number;
}
export interface GradeTextResult {
  /** `open`: the reply was unreadable and is to be asked again. */
  readonly end: 'open' | 'graded' | 'unparsable' | 'missing';
}

export interface DecideKeptInput {
  readonly plan: string;
  readonly list: number;
  /** How many texts, from the first, have been composed. */
  readonly composed: number;
}
export interface DecideKeptResult {
  readonly kept: number;
  readonly target: number;
}

export interface TrainBaseInput {
  readonly plan: string;
  readonly student: string;
}
export interface TuneStudentInput extends TunedStudent {
  readonly plan: string;
}
export interface TrainResult {
  /** Digest of the checkpoint. */
  readonly digest: string;
}
export interface ServeInput {
  readonly plan: string;
  readonly tuned: TunedStudent;
}
export interface ServedResult {
  readonly digest: string;
}

export interface FailArmInput extends TunedStudent {
  readonly plan: string;
  readonly reason: string;
}

export interface StudyRef {
  readonly plan: string;
  readonly study: string;
}
export interface SettleShardInput extends StudyRef {
  readonly shard: string;
  readonly phase: 'compose' | 'evaluate';
  readonly calls: number;
}

/** `open`: cells that wait for calls, as `tiny/1,2,3/k3/held-out`; there are no results before they are evaluated. */
export type AnalyseResult = StudyResult | { readonly open: readonly string[] };

/** Cells by their paths, as `tiny/1,2,3/k3/held-out`. */
export interface CellsInput {
  readonly plan: string;
  readonly cells: readonly string[];
}

export interface SkipInput {
  readonly plan: string;
  readonly cell: string;
  /** Why the cell is given up; without it the cell is taken back. */
  readonly why?: string;
}

export interface SkipResult {
  readonly cell: string;
  readonly skipped: boolean;
}

export interface RedoInput {
  readonly plan: string;
  /** Undefined: everything of the study that failed. */
  readonly cell?: string | undefined;
}
export interface RedoResult {
  readonly calls: number;
  readonly arms: number;
}

export interface WatchStudyInput extends StudyRef {
  /** The details that are shown already. */
  readonly seen: string;
}
export interface Watched {
  /** What waits for a person, in markdown. */
  readonly details: string;
  /** Providers, `budget` and `resume`: what a person must see to. */
  readonly waiting: readonly string[];
}
