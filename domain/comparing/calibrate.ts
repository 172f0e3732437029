/** What another grading prompt changes: the same texts graded under two variants, point by point and metric by metric. */
import type { GradingOutcome } from '../../contracts/outcomes.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import { METRICS, type Metric } from '../../contracts/results.ts';
import type { Grader } from '../../contracts/study.ts';
import { costOf, modelName, toUsd } from '../money/spending.ts';
import { tokensOf } from '../plan/estimate.ts';
import { promptView, render } from '../requests/prompt-view.ts';
import { graderPrompt } from '../requests/requests.ts';
import { switchesOf, textRules } from '../scoring/score-items.ts';
import { scoreText } from '../scoring/scoring.ts';
import { mean, summarise, type Summary } from '../statistics/statistics.ts';

/** A text with its grading under the grader's own prompt and under the variant. */
export interface TwiceGraded {
  readonly combination: PlannedCombination;
  readonly text: string;
  readonly own: GradingOutcome;
  readonly variant: GradingOutcome;
}

export interface Shift extends Summary {
  /** `skill`, the id of a rubric point, or a metric. */
  readonly figure: string;
  /** Mean under the grader's own prompt. Null, like all figures here, if no text has a readable grading under both. */
  readonly own: number | null;
  readonly variant: number | null;
  /** Share of the texts' points, or scores, that are the same under both. */
  readonly agreement: number | null;
}

export interface Calibration {
  readonly texts: number;
  /** Texts with a readable grading under both. */
  readonly pairs: number;
  readonly unparsable: { readonly own: number; readonly variant: number };
  readonly missing: { readonly own: number; readonly variant: number };
  /** `variant` - `own` over the pairs, with its paired 95 % interval. */
  readonly points: readonly Shift[];
  readonly metrics: readonly (Shift & { readonly figure: Metric })[];
}

interface Pair {
  readonly k: number;
  /** Points under both prompts as graders gave them, before any rule decides. */
  readonly given: readonly [readonly number[], readonly number[]];
  readonly scores: readonly [Readonly<Record<Metric, number>>, Readonly<Record<Metric, number>>];
}

export function calibrate(texts: readonly TwiceGraded[], plan: Plan): Calibration {
  const pairs = texts.flatMap((text) => pairOf(text, plan) ?? []);
  const ends = (end: GradingOutcome['end']) => ({
    own: texts.filter(({ own }) => own.end === end).length,
    variant: texts.filter(({ variant }) => variant.end === end).length,
  });
  const { skillCheck, points: others } = plan.catalog.rubric;
  // Points that a program checks are not asked of graders.
  const rubric = others.flatMap(({ id, check }, index) => (check ? [] : [{ figure: id, place: index }]));
  const skills = skillCheck
    ? []
    : [shiftOf('skill', pairs, ({ k, given }) => given.map((points) => points.slice(0, k)) as [number[], number[]])];
  const points = [
    ...skills,
    ...rubric.map(({ figure, place }) =>
      shiftOf(figure, pairs, ({ k, given }) => given.map((points) => [points[k + place] ?? 0]) as [number[], number[]]),
    ),
  ];
  const metrics = METRICS.map((metric) => ({
    ...shiftOf(metric, pairs, ({ scores: [own, variant] }) => [[own[metric]], [variant[metric]]]),
    figure: metric,
  }));
  return {
    texts: texts.length,
    pairs: pairs.length,
    unparsable: ends('unparsable'),
    missing: ends('missing'),
    points,
    metrics,
  };
}

function pairOf({ combination, text, own, variant }: TwiceGraded, plan: Plan): Pair | undefined {
  if (own.end !== 'graded' || variant.end !== 'graded') return undefined;
  const k = combination.skills.length;
  const rules = textRules(k, { combination, generations: [] }, plan, switchesOf(plan));
  const [left, right] = [own, variant].map((grading) =>
    scoreText({ end: 'generated', text, gradings: [grading] }, rules),
  );
  if (left?.end !== 'scored' || right?.end !== 'scored') return undefined;
  return { k, given: [own.points, variant.points], scores: [left.scores, right.scores] };
}

/** Mean of the points of one text, which has at least one. */
const average = (values: readonly number[]): number => mean(values) ?? 0;

/** A text counts once, however many points of the kind it has. */
function shiftOf(
  figure: string,
  pairs: readonly Pair[],
  read: (pair: Pair) => readonly [readonly number[], readonly number[]],
): Shift {
  const values = pairs.map(read);
  const same = values.flatMap(([own, variant]) => own.map((point, index) => (point === variant[index] ? 1 : 0)));
  return {
    figure,
    own: mean(values.map(([own]) => average(own))),
    variant: mean(values.map(([, variant]) => average(variant))),
    agreement: mean(same),
    ...summarise(
      values.map(([own, variant]) => average(variant) - average(own)),
      [-1, 1],
    ),
  };
}

/** US dollars that the gradings of these texts would cost; null if the study file names no price. */
export function estimateGradings(
  texts: readonly { readonly combination: PlannedCombination; readonly text: string }[],
  plan: Plan,
  grader: Grader,
): number | null {
  const { prices } = plan.science;
  const model = modelName(grader);
  if (!prices[model]) return null;
  const { turn } = graderPrompt(plan, grader);
  const bills = texts.map(({ combination, text }) => {
    const inputTokens = tokensOf(render(turn, promptView(plan.catalog, combination, text)));
    return costOf(prices, model, { inputTokens, outputTokens: OUTPUT_TOKENS });
  });
  return toUsd(bills.reduce((sum, bill) => sum + bill, 0n));
}

/** Tokens of a grading with its reasons, estimated generously. */
const OUTPUT_TOKENS = 500;
