/** One entry of `cells` in `results.json`, from the outcomes: counts that add up, metrics with both bounds. */
import type { CellOutcome, GradingOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Cell, Counts, Estimate, Metrics } from '../../contracts/results.ts';
import { roundsOf } from '../rubric/rubric-checks.ts';
import { summariseShares } from '../statistics/statistics.ts';
import { pointFigures } from './point-figures.ts';
import { commonGenerations, scoreItems } from './score-items.ts';
import { scoreVariants } from './score-variants.ts';
import { byMetric, type ItemScore, type ScoredItem } from './scoring.ts';

export function scoreCell(cell: CellOutcome, plan: Plan, exposure: number): Cell {
  const { student, arm, replicate, partition, k, setting, grader } = cell;
  const { generations } = plan.science.evaluation.aggregate;
  return {
    student,
    arm,
    replicate,
    partition,
    k,
    setting,
    grader,
    counts: countOutcomes(cell, plan),
    exposure,
    metrics: estimate(scoreItems(cell, plan, generations)),
    metricsMeanOverGenerations: estimate(scoreItems(cell, plan, 'mean')),
    generationsUsed: commonGenerations([cell]),
    points: pointFigures(cell, plan),
    variants: scoreVariants(cell, plan),
  };
}

/** Means, intervals and bounds over items; those that a filter leaves out do not count. */
export const estimate = (items: readonly ScoredItem[]): Metrics =>
  byMetric((metric) => estimateOf(items.filter(({ excluded }) => !excluded).map((item) => item.scores[metric])));

function estimateOf(scores: readonly ItemScore[]): Estimate {
  const known = scores.flatMap(({ value }) => (value === null ? [] : [value]));
  const average = (side: 'low' | 'high', none: number): number =>
    scores.length === 0 ? none : scores.reduce((sum, score) => sum + score[side], 0) / scores.length;
  return { ...summariseShares(known), bounds: [average('low', 0), average('high', 1)] };
}

/** Invariant 4: planned = generated + refused + truncated + failed; gradings planned = graded + unparsable + missing. */
function countOutcomes(cell: CellOutcome, plan: Plan): Counts {
  const { generations } = plan.science.evaluation;
  const gradings = roundsOf(plan.catalog.rubric, plan.science.evaluation.gradings);
  const texts = cell.items.flatMap((item) => item.generations);
  const judged = texts.flatMap((text) => (text.end === 'generated' ? text.gradings : []));
  const count = (end: TextOutcome['end']): number => texts.filter((text) => text.end === end).length;
  const graded = (end: GradingOutcome['end']): number => judged.filter((grading) => grading.end === end).length;
  const counts = {
    planned: plannedItems(cell, plan) * generations,
    generated: count('generated'),
    refused: count('refused'),
    truncated: count('truncated'),
    failed: count('failed'),
    gradingsPlanned: count('generated') * gradings,
    graded: graded('graded'),
    unparsable: graded('unparsable'),
    missing: graded('missing'),
  };
  assertIdentities(counts, cell);
  return counts;
}

function plannedItems(cell: CellOutcome, plan: Plan): number {
  const same = plan.evaluation.find(
    ({ partition, k, setting }) => partition === cell.partition && k === cell.k && setting === cell.setting,
  );
  if (!same) throw new RangeError(`the plan evaluates no such cell: ${placeOf(cell)}`);
  return same.items.length;
}

const placeOf = ({ student, arm, replicate, partition, k, setting, grader }: CellOutcome): string =>
  `${student}, arm ${arm}, replicate ${replicate}, partition ${partition}, k = ${k}, ${setting}, grader ${grader}`;

function assertIdentities(counts: Counts, cell: CellOutcome): void {
  const texts = counts.generated + counts.refused + counts.truncated + counts.failed;
  if (texts !== counts.planned)
    throw new RangeError(`${placeOf(cell)}: ${counts.planned} texts are planned and ${texts} accounted for`);
  const gradings = counts.graded + counts.unparsable + counts.missing;
  if (gradings !== counts.gradingsPlanned)
    throw new RangeError(
      `${placeOf(cell)}: ${counts.gradingsPlanned} gradings are planned and ${gradings} accounted for`,
    );
}
