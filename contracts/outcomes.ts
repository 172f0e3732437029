/**
 * What became of every planned item, as analysis reads it back from plan and ledger (invariant 4: each is accounted
 * for).
 */
import type { PlannedCombination, TunedStudent } from './plan.ts';

/**
 * One of R judgements. `points`: k skill points, then the rubric's, each within [0, 1], before rules overwrite any; 0 where
 * graders are not asked, because a program decides.
 */
export type GradingOutcome =
  | { readonly end: 'graded'; readonly points: readonly number[] }
  | { readonly end: 'unparsable'; readonly reason: string }
  | { readonly end: 'missing' };

/** One of G answers. Refused and truncated score 0; failed is missing, never 0 (invariant 4). */
export type TextOutcome =
  /** `gradings` is empty where programs decide every point. */
  | { readonly end: 'generated'; readonly text: string; readonly gradings: readonly GradingOutcome[] }
  | { readonly end: 'refused' }
  | { readonly end: 'truncated' }
  | { readonly end: 'failed'; readonly reason: string };

export interface ItemOutcome {
  readonly combination: PlannedCombination;
  /** One for each of the G generations. */
  readonly generations: readonly TextOutcome[];
}

/** Everything that one entry of `cells` in `results.json` is computed from. */
export interface CellOutcome extends TunedStudent {
  readonly k: number;
  readonly setting: string;
  readonly grader: string;
  readonly items: readonly ItemOutcome[];
}

/** One composed text of the training corpus, in plan order. */
export interface ComposedText {
  readonly index: number;
  readonly combination: PlannedCombination;
  readonly outcome: TextOutcome;
}
