/** From gradings to the three Skill-Mix metrics: points per text, scores per item. */
import type { Rubric } from '../../contracts/catalog.ts';
import type { ItemOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { PlannedCombination } from '../../contracts/plan.ts';
import { METRICS, type Metric } from '../../contracts/results.ts';
import type { Study } from '../../contracts/study.ts';
import { judgesAny, type CheckText } from '../rubric/rubric-checks.ts';
import { countSentences, type SentenceRule } from './sentences.ts';
import { namesSkill, type NameRule } from './skill-names.ts';

export type Aggregate = Study['evaluation']['aggregate'];
export type Scores = Readonly<Record<Metric, number>>;

export interface TextRules {
  readonly k: number;
  readonly rubric: Rubric;
  /** The largest number of sentences that earns the point of rule `sentence-limit`. */
  readonly limit: number;
  readonly aggregate: Pick<Aggregate, 'gradings'>;
  /** How sentences are counted; by default as the protocol does. */
  readonly sentences?: SentenceRule;
  /** What programs say of a text, where the rubric has checks. */
  readonly check?: CheckText | undefined;
  /** Names of the skills, in the order of their points: a text that contains one loses its point. */
  readonly deduction?: { readonly rule: NameRule; readonly names: readonly string[] };
}

/** Missing: the text failed, or none of its gradings can be read. */
export type TextScore =
  { readonly end: 'scored'; readonly points: readonly number[]; readonly scores: Scores } | { readonly end: 'missing' };

const MISSING: TextScore = { end: 'missing' };

/** Refused and truncated texts earn no point; a text without a readable grading is missing (invariant 4). */
export function scoreText(outcome: TextOutcome, rules: TextRules): TextScore {
  if (outcome.end === 'failed') return MISSING;
  if (outcome.end !== 'generated') return scored([new Array<number>(pointsOf(rules)).fill(0)], rules);
  const decided = decidePoints(outcome.text, rules);
  if (!judgesAny(rules.rubric)) return scored([decided.map((point) => point ?? 0)], rules);
  const graded = gradedPoints(outcome).map((points) =>
    checkLength(points, rules).map((point, index) => decided[index] ?? point),
  );
  if (graded.length === 0) return MISSING;
  return scored(rules.aggregate.gradings === 'mean' ? graded : [agree(graded, rules.aggregate.gradings)], rules);
}

const pointsOf = ({ k, rubric }: TextRules): number => k + rubric.points.length;

/** The points of every readable grading, before rules overwrite any. */
export const gradedPoints = (outcome: TextOutcome): (readonly number[])[] =>
  outcome.end === 'generated'
    ? outcome.gradings.flatMap((grading) => (grading.end === 'graded' ? [grading.points] : []))
    : [];

function checkLength(points: readonly number[], rules: TextRules): readonly number[] {
  if (points.length === pointsOf(rules)) return points;
  throw new RangeError(`a grading has ${points.length} points instead of ${pointsOf(rules)} (k = ${rules.k})`);
}

/** The points that rules and checks decide, whatever graders gave: 0 or 1 at their places, undefined elsewhere. */
function decidePoints(text: string, rules: TextRules): (0 | 1 | undefined)[] {
  const { k, rubric, limit, sentences, deduction, check } = rules;
  const skills = Array.from({ length: k }, (_, index) => {
    const name = deduction?.names[index];
    return deduction && name !== undefined && namesSkill(text, name, deduction.rule) ? 0 : undefined;
  });
  const kept = countSentences(text, sentences) <= limit ? 1 : 0;
  const ruled = [...skills, ...rubric.points.map(({ rule }) => (rule === 'sentence-limit' ? kept : undefined))];
  const checked = check?.(text) ?? [];
  return ruled.map((point, place) => checked[place]?.earned ?? point);
}

/**
 * Points that more than half (majority) or all of the readable gradings give in full. A half point does not count, and
 * a tie earns nothing: of two readable gradings both must agree. Unreadable gradings have no vote.
 */
export function agree(gradings: readonly (readonly number[])[], rule: 'majority' | 'all'): number[] {
  return (gradings[0] ?? []).map((_, index) => {
    const votes = gradings.filter((points) => points[index] === 1).length;
    return (rule === 'all' ? votes === gradings.length : votes * 2 > gradings.length) ? 1 : 0;
  });
}

const average = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** With several lists of points (aggregate `mean`) every grading is scored by itself and the scores are averaged. */
function scored(lists: readonly (readonly number[])[], { k }: TextRules): TextScore {
  const each = lists.map((points) => metricsOf(points, k));
  const points = (lists[0] ?? []).map((_, index) => average(lists.map((list) => list[index] ?? 0)));
  return { end: 'scored', points, scores: byMetric((metric) => average(each.map((scores) => scores[metric]))) };
}

export const byMetric = <T>(make: (metric: Metric) => T): Record<Metric, T> =>
  Object.fromEntries(METRICS.map((metric) => [metric, make(metric)])) as Record<Metric, T>;

/**
 * Skill-Mix metrics (arXiv 2310.17567) of k skill points and m others: full marks = all; all skills = every skill and
 * at least m - 1 of the others; skill fraction = share of the skill points, if every other one is earned. Skill-Mix has
 * m = 3.
 */
export function metricsOf(points: readonly number[], k: number): Scores {
  const skills = points.slice(0, k);
  const others = points.slice(k);
  const everySkill = skills.every((point) => point === 1);
  const earned = others.filter((point) => point === 1).length;
  return {
    fullMarks: everySkill && earned === others.length ? 1 : 0,
    allSkills: everySkill && earned >= others.length - 1 ? 1 : 0,
    skillFraction: earned === others.length ? skills.reduce((sum, point) => sum + point, 0) / k : 0,
  };
}

/** The score of an item: from the generations that are known, and if every missing one scored 0 or 1. */
export interface ItemScore {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}

export interface ScoredItem {
  readonly combination: PlannedCombination;
  readonly scores: Readonly<Record<Metric, ItemScore>>;
  /** A filter leaves the combination out: it has no value, and means and bounds do not count it. */
  readonly excluded?: true;
}

/**
 * `null` is a missing generation: it is left out of the value, and the bounds say how much it could matter. A maximum
 * grows with the number of generations. So where items have different numbers, `draws` is the number to estimate for:
 * value and bounds are then means of the maximum over all choices of `draws` known generations, which is unbiased.
 */
export function scoreItem(
  generations: readonly (number | null)[],
  rule: Aggregate['generations'],
  draws?: number,
): ItemScore {
  const known = generations.filter((score) => score !== null);
  const over = (scores: readonly number[]): number => (rule === 'max' ? meanOfMaxima(scores, draws) : average(scores));
  if (generations.length === 0) return { value: null, low: 0, high: 1 };
  const fill = (missing: number): number => over(generations.map((score) => score ?? missing));
  return { value: known.length === 0 ? null : over(known), low: fill(0), high: fill(1) };
}

/**
 * The mean of the largest of `draws` scores over all choices of `draws` among them. With scores in rising order the
 * i-th is the largest of C(i - 1, draws - 1) choices.
 */
export function meanOfMaxima(scores: readonly number[], draws = scores.length): number {
  const n = scores.length;
  if (draws >= n) return Math.max(...scores);
  const rising = [...scores].sort((a, b) => a - b);
  let sum = 0;
  // The share of choices whose largest is the i-th, from the largest down.
  let share = draws / n;
  for (let i = n; i >= draws; i -= 1) {
    sum += share * (rising[i - 1] ?? 0);
    share *= (i - draws) / (i - 1);
  }
  return sum;
}

/** Scores every text once and each metric of the item under the rule over generations. */
export function scoreOutcome(
  item: ItemOutcome,
  rules: TextRules,
  over: Aggregate['generations'],
  draws?: number,
): ScoredItem {
  const texts = item.generations.map((outcome) => scoreText(outcome, rules));
  const scores = byMetric((metric) =>
    scoreItem(
      texts.map((text) => (text.end === 'scored' ? text.scores[metric] : null)),
      over,
      draws,
    ),
  );
  return { combination: item.combination, scores };
}
