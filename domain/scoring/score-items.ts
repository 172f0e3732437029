/** The scores of a cell's items under the study's switches, or under others. */
import type { CellOutcome, ItemOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Study } from '../../contracts/study.ts';
import { sentenceLimit, skillsOf } from '../requests/prompt-view.ts';
import { checkerOf } from '../rubric/rubric-checks.ts';
import {
  byMetric,
  gradedPoints,
  scoreOutcome,
  type Aggregate,
  type ItemScore,
  type ScoredItem,
  type TextRules,
} from './scoring.ts';

/** What a study may switch in scoring. */
export type Switches = Pick<Study['evaluation'], 'sentences' | 'deductNames' | 'commonSkills'>;

/** The study's own switches. A plan that was made before a switch existed has the default. */
export function switchesOf({ science }: Plan): Switches {
  const { sentences, deductNames, commonSkills }: Partial<Switches> = science.evaluation;
  return {
    sentences: sentences ?? 'protocol',
    deductNames: deductNames ?? 'off',
    commonSkills: commonSkills ?? 'included',
  };
}

export interface ScoreOptions {
  readonly switches?: Switches;
  /** Number of generations whose maximum is estimated; by default the smallest that all items of the cell have. */
  readonly generationsUsed?: number;
}

/** Every item's scores, in plan order; items that a filter leaves out keep their place. */
export function scoreItems(
  cell: CellOutcome,
  plan: Plan,
  over: Aggregate['generations'],
  { switches = switchesOf(plan), generationsUsed = commonGenerations([cell]) }: ScoreOptions = {},
): ScoredItem[] {
  const draws = Math.max(1, generationsUsed);
  return cell.items.map((item) => {
    if (isExcluded(item, plan, switches)) return { combination: item.combination, scores: NONE, excluded: true };
    return scoreOutcome(item, textRules(cell.k, item, plan, switches), over, draws);
  });
}

const NONE = byMetric((): ItemScore => ({ value: null, low: 0, high: 1 }));

export const isExcluded = ({ combination }: ItemOutcome, { catalog }: Plan, { commonSkills }: Switches): boolean =>
  commonSkills === 'excluded' && skillsOf(catalog, combination).some(({ common }) => common);

export function textRules(k: number, { combination }: ItemOutcome, plan: Plan, switches: Switches): TextRules {
  const { rubric } = plan.catalog;
  const { aggregate } = plan.science.evaluation;
  const { sentences, deductNames } = switches;
  const check = checkerOf(plan.catalog, combination);
  const rules = { k, rubric, limit: sentenceLimit(rubric, k), aggregate, sentences, check };
  if (deductNames === 'off') return rules;
  const names = skillsOf(plan.catalog, combination).map(({ name }) => name);
  return { ...rules, deduction: { rule: deductNames, names } };
}

/**
 * The smallest number of scored generations among the items of all cells that have any: at this number the best of the
 * generations is the same quantity everywhere. 0 where nothing is scored.
 */
export function commonGenerations(cells: readonly CellOutcome[]): number {
  const known = cells.flatMap(({ items }) => items.map(knownGenerations)).filter((count) => count > 0);
  return known.reduce((least, count) => Math.min(least, count), known[0] ?? 0);
}

const knownGenerations = ({ generations }: ItemOutcome): number =>
  generations.filter((text) => {
    if (text.end !== 'generated') return text.end !== 'failed';
    // No grading was planned: a program decides every point.
    return text.gradings.length === 0 || gradedPoints(text).length > 0;
  }).length;
