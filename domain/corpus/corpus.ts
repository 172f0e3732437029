/**
 * Decides which composed texts train students, in plan order: first the keep rule, then duplicates, then the first
 * `target`.
 */
import type { Rubric } from '../../contracts/catalog.ts';
import type { ComposedText } from '../../contracts/outcomes.ts';
import type { Combination, ComposePlan } from '../../contracts/plan.ts';
import type { CorpusRow } from '../../contracts/results.ts';
import type { Study } from '../../contracts/study.ts';
import { sentenceLimit } from '../requests/prompt-view.ts';
import type { CheckText } from '../rubric/rubric-checks.ts';
import { scoreText, type TextScore } from '../scoring/scoring.ts';
import { dedupe } from './dedupe.ts';
import { skillCoverage } from './exposure.ts';

export interface KeepRules {
  readonly keep: Study['compose']['keep'];
  readonly dedupe: Study['compose']['dedupe'];
  readonly rubric: Rubric;
  /** Checks the points that the rubric leaves to programs. */
  readonly checkerOf?: (combination: Combination) => CheckText | undefined;
  readonly target: number;
  /** The skills of the partition's train side. */
  readonly trainSkills: readonly string[];
}

export interface DroppedText {
  readonly index: number;
  /**
   * `ungraded`: no grading can be read. `below`: the keep rule is not met. `surplus`: good, but the target was already
   * met.
   */
  readonly reason: 'refused' | 'truncated' | 'failed' | 'ungraded' | 'below' | 'duplicate' | 'surplus';
  /** The index of the kept text that a duplicate repeats. */
  readonly of?: number;
}

export interface KeptDecision {
  readonly row: CorpusRow;
  readonly kept: ComposedText[];
  readonly dropped: DroppedText[];
}

/**
 * `texts` are the first composed texts of `plan`, in its order. Decisions on them do not change when more texts follow.
 * A text beyond the target takes the place of a duplicate. The majority is over the keep gradings that can be read.
 */
export function decideKept(plan: ComposePlan, texts: readonly ComposedText[], rules: KeepRules): KeptDecision {
  assertOrder(plan, texts);
  const judged = texts.map((composed) => ({ composed, score: judge(composed, plan.k, rules) }));
  const good = judged.filter(({ score }) => passes(score, rules.keep.rule));
  const unique = dedupe(
    good.map(({ composed }) => ({ index: composed.index, text: textOf(composed) })),
    rules.dedupe,
  );
  const keptIndices = new Set(unique.kept.slice(0, rules.target));
  const kept = texts.filter(({ index }) => keptIndices.has(index));
  const repeats = new Map(unique.dropped.map(({ index, of }) => [index, of]));
  const dropped = judged.flatMap(({ composed, score }) =>
    keptIndices.has(composed.index) ? [] : [explain(composed, score, rules, repeats)],
  );
  const row: CorpusRow = {
    partition: plan.partition,
    k: plan.k,
    planned: plan.items.length,
    composed: texts.filter(({ outcome }) => outcome.end === 'generated').length,
    fullMarks: judged.filter(({ score }) => passes(score, 'full-marks')).length,
    duplicates: unique.dropped.length,
    kept: kept.length,
    skillCoverage: skillCoverage(
      kept.map(({ combination }) => combination),
      rules.trainSkills,
    ),
  };
  return { row, kept, dropped };
}

/** Decisions depend on earlier texts, so a gap or another order would change them. */
function assertOrder(plan: ComposePlan, texts: readonly ComposedText[]): void {
  const stray = texts.findIndex(({ index }, place) => index !== place);
  if (stray >= 0) throw new RangeError(`composed texts of k = ${plan.k} leave plan order at place ${stray}`);
  if (texts.length > plan.items.length)
    throw new RangeError(`${texts.length} texts of k = ${plan.k} were composed and ${plan.items.length} planned`);
}

function judge({ outcome, combination }: ComposedText, k: number, { rubric, checkerOf }: KeepRules): TextScore {
  const check = checkerOf?.(combination);
  const aggregate = { gradings: 'majority' } as const;
  return scoreText(outcome, { k, rubric, limit: sentenceLimit(rubric, k), aggregate, check });
}

function passes(score: TextScore, rule: KeepRules['keep']['rule']): boolean {
  if (score.end === 'missing') return false;
  return score.scores[rule === 'full-marks' ? 'fullMarks' : 'allSkills'] === 1;
}

const textOf = ({ outcome }: ComposedText): string => (outcome.end === 'generated' ? outcome.text : '');

function explain(
  { index, outcome }: ComposedText,
  score: TextScore,
  rules: KeepRules,
  repeats: ReadonlyMap<number, number>,
): DroppedText {
  if (outcome.end !== 'generated') return { index, reason: outcome.end };
  if (score.end === 'missing') return { index, reason: 'ungraded' };
  if (!passes(score, rules.keep.rule)) return { index, reason: 'below' };
  const of = repeats.get(index);
  return of === undefined ? { index, reason: 'surplus' } : { index, reason: 'duplicate', of };
}
