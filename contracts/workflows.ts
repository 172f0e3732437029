/** Inputs and results of the workflows: the outline of a plan, small enough for every history. */
import type { ComposeList, EvaluationList, TunedStudent } from './plan.ts';
import type { Mode } from './study.ts';

/** Task queues of one home; their names carry its id, so that two homes on one server never swap work. */
export interface Queues {
  readonly control: string;
  readonly training: string;
  readonly serving: string;
  /** Activities that only wait, for days: they take no slot from bookkeeping. */
  readonly waiting: string;
  /** Batches of all providers: what waits for them holds no slot of a model. */
  readonly batch: string;
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
  /** Items of a shard that are in work at the same time. */
  readonly window: number;
  /** A shard whose history has so many events takes no new item: it continues as new when those in work have ended. */
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

interface Within {
  readonly study: string;
  readonly plan: string;
  readonly outline: WorkflowPlan;
}

export type StudyInput = Within;
export interface StudyResult {
  readonly results: string;
  readonly failedArms: number;
}

export interface ComposeInput extends Within {
  readonly compose: WorkflowCompose;
}
/** What a shard carries over when it continues as new. */
interface Continued {
  /** Texts, from the first of the shard, that its earlier runs have ended. */
  readonly done?: number;
}
export interface ComposeShardInput extends Within, Continued {
  readonly list: ComposeList;
  readonly from: number;
  readonly to: number;
}

export interface TuneInput extends Within {
  readonly tuned: TunedStudent;
}

/** Everything that one checkpoint answers: the cells of its arm, or of all arms that are not trained. */
export interface EvaluateInput extends Within {
  readonly served: TunedStudent;
  readonly cells: readonly { readonly tuned: TunedStudent; readonly cell: WorkflowCell }[];
}
export interface EvaluateCellInput extends Within {
  readonly tuned: TunedStudent;
  readonly cell: WorkflowCell;
}
export interface EvaluateShardInput extends EvaluateCellInput, Continued {
  readonly from: number;
  readonly to: number;
}
