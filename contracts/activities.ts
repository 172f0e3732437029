/** Inputs and results of the activities: small references, never texts (invariant 3). */
import type { ComposeList, EvaluationList, TunedStudent } from './plan.ts';
import type { StudyResult } from './workflows.ts';

/** A text of the training corpus: position in `plan.compose` and in its items. */
export interface ComposedRef {
  readonly kind: 'compose';
  readonly plan: string;
  readonly list: ComposeList;
  readonly index: number;
}

/** A student's text: position in `plan.evaluation` and in its items, which of G generations, and whose. */
export interface GeneratedRef {
  readonly kind: 'evaluate';
  readonly plan: string;
  readonly list: EvaluationList;
  readonly index: number;
  readonly generation: number;
  readonly tuned: TunedStudent;
}
export type TextRef = ComposedRef | GeneratedRef;

export interface WriteTextInput {
  readonly ref: TextRef;
}
export interface WriteTextResult {
  /** `open`: one more turn is needed. `skipped`: a person has given the cell up. */
  readonly end: 'open' | 'generated' | 'refused' | 'truncated' | 'failed' | 'skipped';
}

export interface GradeTextInput {
  readonly ref: TextRef;
  /** The grader's place in the study file's `graders`, or the one that filters training texts. */
  readonly grader: number | 'keep';
  readonly round: number;
}
export interface GradeTextResult {
  /** `open`: the reply was unreadable and is to be asked again. */
  readonly end: 'open' | 'graded' | 'unparsable' | 'missing' | 'skipped';
}

/** Texts of one list by their positions: those of the corpus, or the G generations of a tuned student's. */
export interface ComposedRange extends Omit<ComposedRef, 'index'> {
  readonly from: number;
  readonly to: number;
}
export interface GeneratedRange extends Omit<GeneratedRef, 'index' | 'generation'> {
  readonly from: number;
  readonly to: number;
}

export interface WriteBatchInput {
  readonly texts: ComposedRange;
}
export interface GradeBatchInput {
  readonly texts: ComposedRange | GeneratedRange;
  readonly grader: GradeTextInput['grader'];
}

/** Every batch of the plan that is not ended. */
export interface EndBatchesInput {
  readonly plan: string;
}

export interface CountKeptInput {
  readonly plan: string;
  readonly list: ComposeList;
  /** How many texts, from the first, have been composed. */
  readonly composed: number;
}
export interface CountKeptResult {
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
export interface AwaitServedInput extends ServeInput {
  /** What it is served for, as `tiny/1,2,3/k3/held-out`. */
  readonly cells: readonly string[];
}
export interface ServedResult {
  readonly digest: string;
}

export interface FailArmInput extends TunedStudent {
  readonly plan: string;
  /** The type of the innermost failure; empty where it has none. */
  readonly failure: string;
  readonly reason: string;
}

export interface StudyRef {
  readonly plan: string;
  readonly study: string;
}
export interface RecordProgressInput extends StudyRef {
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
