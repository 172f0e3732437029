/** The mean of every kind of point in a cell, which shows the kinds of point that a low metric comes from. */
import type { CellOutcome, ItemOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { PointFigure } from '../../contracts/results.ts';
import { mean, standardError } from '../statistics/statistics.ts';
import { isExcluded, switchesOf, textRules } from './score-items.ts';
import { scoreItem, scoreText, type ItemScore } from './scoring.ts';

/**
 * Skills first, then the rubric's points in its order. Refused and truncated texts earn no point; texts without a
 * readable grading are missing.
 */
export function pointFigures(cell: CellOutcome, plan: Plan): PointFigure[] {
  const switches = switchesOf(plan);
  const items = cell.items.filter((item) => !isExcluded(item, plan, switches));
  const texts = items.map((item) => pointsOfTexts(item, cell.k, plan));
  const rubric = plan.catalog.rubric.points.map(({ id }, index) => ({ point: id, from: cell.k + index, count: 1 }));
  return [{ point: 'skill', from: 0, count: cell.k }, ...rubric].map(({ point, from, count }) => {
    const earned = (points: readonly number[] | null): number | null =>
      points === null ? null : (mean(points.slice(from, from + count)) ?? 0);
    return { point, ...figureOf(texts.map((generations) => scoreItem(generations.map(earned), 'mean'))) };
  });
}

/** The points of each generation; null for a text without a score. */
function pointsOfTexts(item: ItemOutcome, k: number, plan: Plan): (readonly number[] | null)[] {
  const rules = textRules(k, item, plan, switchesOf(plan));
  return item.generations.map((outcome) => {
    const score = scoreText(outcome, rules);
    return score.end === 'scored' ? score.points : null;
  });
}

function figureOf(items: readonly ItemScore[]): Omit<PointFigure, 'point'> {
  const known = items.flatMap(({ value }) => (value === null ? [] : [value]));
  const [low, high] = [items.map((item) => item.low), items.map((item) => item.high)];
  return {
    mean: mean(known),
    se: standardError(known),
    n: known.length,
    bounds: [mean(low) ?? 0, mean(high) ?? 1],
  };
}
