/** The same texts scored in other ways, beside the study's own: how much each choice of protocol changes. */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import { VARIANTS, type Cell, type Variant, type VariantMetrics } from '../../contracts/results.ts';
import { mean, standardError } from '../statistics/statistics.ts';
import { commonGenerations, scoreItems, switchesOf, type Switches } from './score-items.ts';
import { byMetric, type ScoredItem } from './scoring.ts';

const CHANGES: Readonly<Record<Variant, Partial<Switches>>> = {
  keepNames: { deductNames: 'off' },
  deductNames: { deductNames: 'names' },
  deductInflectedNames: { deductNames: 'inflected' },
  withCommonSkills: { commonSkills: 'included' },
  withoutCommonSkills: { commonSkills: 'excluded' },
  protocol: { sentences: 'protocol' },
  segmenter: { sentences: 'segmenter' },
  leaderboard: { deductNames: 'names', commonSkills: 'excluded' },
};

/**
 * The variants that differ from the study's own scoring and can matter: filters of common skills only where a skill is
 * common, deduction only where graders decide skills, sentence rules only where a point depends on them.
 */
export function variantsOf(plan: Plan): Variant[] {
  const own = switchesOf(plan);
  const { rubric } = plan.catalog;
  const anyCommon = plan.catalog.skills.some(({ common }) => common);
  return VARIANTS.filter((variant) => {
    const change = CHANGES[variant];
    if ('commonSkills' in change && !anyCommon) return false;
    if ('deductNames' in change && rubric.skillCheck) return false;
    if ('sentences' in change && rubric.points.every(({ rule }) => !rule)) return false;
    return (Object.keys(change) as (keyof Switches)[]).some((key) => change[key] !== own[key]);
  });
}

export function scoreVariants(cell: CellOutcome, plan: Plan): NonNullable<Cell['variants']> {
  const { generations } = plan.science.evaluation.aggregate;
  const generationsUsed = commonGenerations([cell]);
  return Object.fromEntries(
    variantsOf(plan).map((variant) => {
      const switches = { ...switchesOf(plan), ...CHANGES[variant] };
      return [variant, metricsOfItems(scoreItems(cell, plan, generations, { switches, generationsUsed }))];
    }),
  );
}

function metricsOfItems(items: readonly ScoredItem[]): VariantMetrics {
  const metrics = byMetric((metric) => {
    const known = items.flatMap(({ scores }) => (scores[metric].value === null ? [] : [scores[metric].value]));
    return { mean: mean(known), se: standardError(known), n: known.length };
  });
  return {
    n: metrics.fullMarks.n,
    ...byMetric((metric) => ({ mean: metrics[metric].mean, se: metrics[metric].se })),
  };
}
