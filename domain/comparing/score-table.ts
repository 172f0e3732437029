/** The scores of all arms side by side on the same combinations: what every comparison is computed from. */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import type { Combination, Plan } from '../../contracts/plan.ts';
import type { Metric } from '../../contracts/results.ts';
import { commonGenerations, scoreItems } from '../scoring/score-items.ts';
import type { ScoredItem } from '../scoring/scoring.ts';
import { mean } from '../statistics/statistics.ts';

/** One score for each combination, in the table's order; null where there is none. */
export type Scores = readonly (number | null)[];

export interface ScoreTable {
  readonly student: string;
  readonly k: number;
  readonly setting: string;
  readonly grader: string;
  readonly metric: Metric;
  /** The combinations of all partitions, pooled. */
  readonly combinations: readonly Combination[];
  /** By arm: the scores of each training of it. */
  readonly arms: ReadonlyMap<string, readonly Scores[]>;
}

/** One table for each metric and each student, k, setting and grader that has cells. */
export function tabulateScores(cells: readonly CellOutcome[], plan: Plan, metrics: readonly Metric[]): ScoreTable[] {
  const groups = new Map<string, CellOutcome[]>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.student, cell.k, cell.setting, cell.grader]);
    const group = groups.get(key) ?? [];
    if (group.length === 0) groups.set(key, group);
    group.push(cell);
  }
  return [...groups.values()].flatMap((group) => tabulateGroup(group, plan, metrics));
}

function tabulateGroup(group: readonly CellOutcome[], plan: Plan, metrics: readonly Metric[]): ScoreTable[] {
  const [cell] = group;
  if (!cell) return [];
  const { student, k, setting, grader } = cell;
  const lists = listsOf(group);
  const { generations } = plan.science.evaluation.aggregate;
  // A maximum over more generations is larger, so all arms are compared at the number that they share.
  const generationsUsed = commonGenerations(group);
  const scored = new Map(group.map((one) => [one, scoreItems(one, plan, generations, { generationsUsed })] as const));
  const combinations = [...lists.values()].flatMap(({ items }) => items.map(({ combination }) => combination));
  return metrics.map((metric) => {
    const arms = new Map<string, (number | null)[][]>();
    for (const [{ arm, replicate, partition }, items] of scored) {
      const trainings = arms.get(arm) ?? [];
      arms.set(arm, trainings);
      trainings[replicate] ??= new Array<number | null>(combinations.length).fill(null);
      place(trainings[replicate], items, lists.get(partition)?.from ?? 0, metric);
    }
    const known = [...arms].map(([arm, trainings]) => [arm, trainings.filter((one) => one !== undefined)] as const);
    return { student, k, setting, grader, metric, combinations, arms: new Map(known) };
  });
}

/** The longest list of items in each partition, and its offset in the table's combinations. */
function listsOf(group: readonly CellOutcome[]): Map<number, { from: number; items: CellOutcome['items'] }> {
  const lists = new Map<number, { from: number; items: CellOutcome['items'] }>();
  for (const { partition, items } of group)
    if (items.length > (lists.get(partition)?.items.length ?? -1)) lists.set(partition, { from: 0, items });
  let from = 0;
  for (const list of lists.values()) {
    list.from = from;
    from += list.items.length;
  }
  return lists;
}

function place(into: (number | null)[], items: readonly ScoredItem[], from: number, metric: Metric): void {
  for (const [index, { scores }] of items.entries()) into[from + index] = scores[metric].value;
}

/** `arm` and `against` on the combinations of one or several tables. */
export interface Paired {
  readonly combinations: readonly Combination[];
  /** `arm` - `against`, trainings averaged first; null where either side has no score. */
  readonly differences: Scores;
  /** For each side, the mean score of each training on the combinations that make pairs. */
  readonly trainings: readonly [readonly number[], readonly number[]];
}

/** Undefined where an arm has no cells in any of the tables. */
export function pairArms(tables: readonly ScoreTable[], arm: string, against: string): Paired | undefined {
  const both = tables.filter(({ arms }) => arms.has(arm) && arms.has(against));
  if (both.length === 0) return undefined;
  const combinations = both.flatMap((table) => table.combinations);
  const [left, right] = [arm, against].map((id) => stackTrainings(both, id)) as [Scores[], Scores[]];
  const [ours, theirs] = [averageTrainings(left), averageTrainings(right)];
  const differences = combinations.map((_, index) => {
    const [one, other] = [ours[index] ?? null, theirs[index] ?? null];
    return one === null || other === null ? null : one - other;
  });
  const meanOf = (training: Scores): number | null =>
    mean(training.filter((score, index): score is number => score !== null && differences[index] !== null));
  const meansOf = (side: readonly Scores[]) => side.map(meanOf).filter((one) => one !== null);
  return { combinations, differences, trainings: [meansOf(left), meansOf(right)] };
}

/** The trainings of an arm over several tables, one after another. */
function stackTrainings(tables: readonly ScoreTable[], arm: string): Scores[] {
  const count = Math.max(...tables.map(({ arms }) => arms.get(arm)?.length ?? 0));
  return Array.from({ length: count }, (_, training) =>
    tables.flatMap(({ arms, combinations }) => arms.get(arm)?.[training] ?? combinations.map(() => null)),
  );
}

const averageTrainings = (trainings: readonly Scores[]): Scores =>
  (trainings[0] ?? []).map((_, index) =>
    mean(trainings.map((scores) => scores[index] ?? null).filter((score) => score !== null)),
  );

export const knownOf = (scores: Scores): number[] => scores.filter((score) => score !== null);
