/**
 * Inputs and results of the activities. They are stored in histories, so they hold small references, never texts
 * (invariant 3).
 */
import type { ComposeList, EvaluationList, TunedStudent } from './plan.ts';
import type { StudyResult } from './workflows.ts';

/**
 * A planned text of the corpus: `list` is its position in `plan.compose`, `index` its position among the items of that
 * list.
 */
export interface ComposedRef {
  readonly kind: 'compose';
  readonly plan: string;
  readonly list: ComposeList;
  readonly index: number;
}

/**
 * A student's planned text: `list` is its position in `plan.evaluation`, `index` its position among the items of that
 * list, `generation` which of the G answers it is, from 0.
 */
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
  /** `open`: the conversation needs one more turn. `skipped`: an operator gave the cell up. */
  readonly end: 'open' | 'generated' | 'refused' | 'truncated' | 'failed' | 'skipped';
}

export interface GradeTextInput {
  readonly ref: TextRef;
  /** Position in the study file's `graders`; `keep`: the grader that chooses the training texts. */
  readonly grader: number | 'keep';
  /** Which of the R gradings, from 0. */
  readonly round: number;
}
export interface GradeTextResult {
  /** `open`: the reply could not be read, and the grading must be asked once more. */
  readonly end: 'open' | 'graded' | 'unparsable' | 'missing' | 'skipped';
}

/** Consecutive texts of one list: `from` up to, not including, `to`. */
export interface ComposedRange extends Omit<ComposedRef, 'index'> {
  readonly from: number;
  readonly to: number;
}
/** Consecutive combinations of one list, each with all G answers of the tuned student. */
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

/** How a text ended; `skipped`: an operator gave the cell up; `open`: it is written by batch, and has no reply yet. */
export type TextEnd = 'open' | 'generated' | 'refused' | 'truncated' | 'failed' | 'skipped';

export interface AskTextsInput {
  readonly texts: ComposedRange | GeneratedRange;
  /** Whether the texts are asked for singly; false where a batch has written them. */
  readonly write: boolean;
  /** The graders that are asked singly. */
  readonly graders: readonly GradeTextInput['grader'][];
}
/** How many texts ended how. */
export type AskTextsResult = Readonly<Partial<Record<TextEnd, number>>>;

/** Ends every batch of the plan that is still open at its provider. */
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
  /** Paths of the cells that wait for this student, as `tiny/1,2,3/k3/held-out`. */
  readonly cells: readonly string[];
}
export interface ServedResult {
  readonly digest: string;
}

export interface FailArmInput extends TunedStudent {
  readonly plan: string;
  /** The type of the innermost `ApplicationFailure`; empty if the chain of causes has none. */
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

/**
 * Without results while calls are still to be made: `open` names the cells that wait for them, as `tiny/1,2,3/k3/held-out`,
 * `compose` the lists of training texts.
 */
export type AnalyseResult =
  StudyResult | { readonly open: readonly string[]; readonly compose?: readonly ComposeList[] };

/** Cells by their paths, as `tiny/1,2,3/k3/held-out`. */
export interface CellsInput {
  readonly plan: string;
  readonly cells: readonly string[];
}

export interface WatchStudyInput extends StudyRef {
  /** The details that the Web UI shows now: the activity returns when they have changed. */
  readonly seen: string;
}
export interface Watched {
  /** What waits for the operator, in markdown. */
  readonly details: string;
  /**
   * What the operator must act on: providers on hold by name, `budget` at the cap, `resume` while the study is paused.
   */
  readonly waiting: readonly string[];
}
