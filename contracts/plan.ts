/** The plan: a study expanded to every combination and seed, frozen and hashed before the first call. */
import type { ProviderPlace } from './asking.ts';
import type { Catalog, Side } from './catalog.ts';
import type { Arm, Study } from './study.ts';

/** The part of a study that the plan hash covers: science and prices, not how fast or where it runs. */
export type Science = Omit<Study, 'limits' | 'rates' | 'cluster' | 'notify' | 'providers'> & {
  readonly providers: Readonly<Record<string, ProviderPlace>>;
};
export type Runtime = Pick<Study, 'limits' | 'rates' | 'cluster'>;

/** k skills and a topic, by their ids in the catalog; the order of the skills is the prompt's. */
export interface Combination {
  readonly skills: readonly string[];
  readonly topic: string;
}

export interface PlannedCombination extends Combination {
  /** How often the same skills and topic came before in its list, in plan order. */
  readonly occurrence: number;
}

export interface Pool {
  readonly skills: readonly string[];
  readonly topics: readonly string[];
}

export interface Partition {
  readonly index: number;
  readonly sides: Readonly<Record<Side, Pool>>;
}

/**
 * The combinations that the teacher may be asked to write for one k: more than needed, and composed in waves until
 * `target` texts are kept.
 */
export interface ComposePlan {
  readonly partition: number;
  readonly k: number;
  readonly target: number;
  /** Sizes of the waves; they sum to `items.length`. */
  readonly waves: readonly number[];
  readonly items: readonly PlannedCombination[];
}

/** Position of a list of combinations in `plan.compose`. The two kinds of position cannot be mixed up: the types differ. */
export type ComposeList = number & { readonly listOf?: 'compose' };
/** Position of a list of combinations in `plan.evaluation`: one cell of every tuned student. */
export type EvaluationList = number & { readonly listOf?: 'evaluation' };

export interface EvaluationPlan {
  readonly partition: number;
  readonly k: number;
  readonly setting: string;
  readonly items: readonly PlannedCombination[];
}

export interface Plan {
  readonly schema: 1;
  readonly science: Science;
  readonly catalog: Catalog;
  readonly partitions: readonly Partition[];
  readonly compose: readonly ComposePlan[];
  readonly evaluation: readonly EvaluationPlan[];
}

/** A student as one arm, replicate and partition made it: what is trained, served and evaluated. */
export interface TunedStudent {
  readonly student: string;
  readonly arm: string;
  readonly replicate: number;
  readonly partition: number;
}

export const armOf = (plan: Plan, id: string): Arm => {
  const arm = plan.science.arms.find((candidate) => candidate.id === id);
  if (!arm) throw new RangeError(`arm "${id}" is not in the plan of study "${plan.science.name}"`);
  return arm;
};
