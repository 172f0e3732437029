/**
 * Inputs and results of the workflows, and the workflow plan: what workflows need of a plan, small enough for every
 * history.
 */
import type { ComposeList, EvaluationList, TunedStudent } from './plan.ts';
import type { SharedQueue } from './queues.ts';
import type { Mode } from './study.ts';

/** Task queues of one home; their names carry its id, so that two homes on one server never swap work. */
export interface Queues extends Readonly<Record<SharedQueue, string>> {
  /** By role: calls to one model share one queue, whose rate limit is the model's. */
  readonly teacher: string;
  readonly keepGrader: string;
  readonly graders: readonly string[];
  readonly students: Readonly<Record<string, string>>;
}

/** Numbers that shape commands; they come with the input, so that a new version of the code replays old histories. */
export interface Sizes {
  readonly callsPerShard: number;
  readonly childrenAtOnce: number;
  /** Items of a shard that are in progress at the same time. */
  readonly window: number;
  /** Without it every call is an activity of its own, in `composeShard` and `evaluateShard`, as in studies of earlier versions. */
  readonly callsPerActivity?: number;
  /**
   * A shard whose history has this many events starts no new item, and continues as new when those in progress have
   * ended.
   */
  readonly eventsPerRun: number;
}

export interface WorkflowCompose {
  readonly list: ComposeList;
  readonly partition: number;
  readonly k: number;
  readonly waves: readonly number[];
}

export interface WorkflowCell {
  readonly list: EvaluationList;
  readonly partition: number;
  readonly k: number;
  readonly setting: string;
  readonly items: number;
}

export interface WorkflowStudent {
  readonly id: string;
  /** Turns of a conversation. */
  readonly turns: number;
  readonly pretrained: boolean;
}

export interface WorkflowArm {
  readonly id: string;
  readonly trained: boolean;
}

/** What workflows need of a plan. It travels in their inputs as `outline`. */
export interface WorkflowPlan {
  readonly queues: Queues;
  /** As in `rates` of the study file: `provider/model`, or a student's id. */
  readonly models: readonly string[];
  /** How each role is asked; students are always asked singly. */
  readonly modes: { readonly teacher: Mode; readonly keepGrader: Mode; readonly graders: readonly Mode[] };
  readonly sizes: Sizes;
  readonly teacherTurns: number;
  readonly keepGradings: number;
  readonly compose: readonly WorkflowCompose[];
  readonly students: readonly WorkflowStudent[];
  readonly arms: readonly WorkflowArm[];
  readonly replicates: number;
  readonly partitions: number;
  readonly cells: readonly WorkflowCell[];
  readonly generations: number;
  readonly gradings: number;
}

/** What every workflow of a study is given. */
interface StudyContext {
  readonly study: string;
  readonly plan: string;
  readonly outline: WorkflowPlan;
}

export type StudyInput = StudyContext;
export interface StudyResult {
  readonly results: string;
  readonly failedArms: number;
}

export interface ComposeInput extends StudyContext {
  readonly compose: WorkflowCompose;
}
/** What a shard carries over when it continues as new. */
interface Continued {
  /** How many texts, from the first of the shard, earlier runs have finished. */
  readonly done?: number;
}
export interface ComposeShardInput extends StudyContext, Continued {
  readonly list: ComposeList;
  readonly from: number;
  readonly to: number;
}

export interface TuneInput extends StudyContext {
  readonly tuned: TunedStudent;
}

/**
 * A served checkpoint and the cells that it answers: those of its arm, or of all untrained arms, which share the base.
 */
export interface EvaluateInput extends StudyContext {
  readonly served: TunedStudent;
  readonly cells: readonly { readonly tuned: TunedStudent; readonly cell: WorkflowCell }[];
}
export interface EvaluateCellInput extends StudyContext {
  readonly tuned: TunedStudent;
  readonly cell: WorkflowCell;
}
export interface EvaluateShardInput extends EvaluateCellInput, Continued {
  readonly from: number;
  readonly to: number;
}

/** Search attributes of `runStudy`, to find studies in the Web UI. A server must know them before the first start. */
export const SEARCH_ATTRIBUTES = {
  EtudeHome: 'Keyword',
  EtudeStudy: 'Keyword',
  EtudePlan: 'Keyword',
  EtudeWaiting: 'KeywordList',
} as const;
