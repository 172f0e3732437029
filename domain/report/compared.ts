/** What arms are compared by: how each statistic is computed from scores, and the section of the report that shows it. */
import type { Plan } from '../../contracts/plan.ts';
import type { Compared, Results } from '../../contracts/results.ts';
import { compareArms } from '../comparing/compare.ts';
import { compareGains } from '../comparing/gains.ts';
import { testHypotheses } from '../comparing/hypotheses.ts';
import type { ScoreTable } from '../comparing/score-table.ts';
import type { Layout } from './page/layout.ts';
import type { Html, Section } from './page/markup.ts';
import { renderComparisons } from './sections/comparison-tables.ts';
import { renderGains, renderHypotheses } from './sections/hypotheses-section.ts';

export interface CompareInput {
  /** Of full marks, and of each metric that a hypothesis names. */
  readonly tables: readonly ScoreTable[];
  readonly plan: Plan;
  readonly hash: string;
}

interface Statistic<Result> {
  readonly compute: (input: CompareInput) => Result;
  /** The title of its section; statistics with the same title share it. */
  readonly section: string;
  readonly render: (results: Results, plan: Plan, layout: Layout) => Html;
}

const EXPLORATORY = 'Exploratory: differences between arms';

/** In the order of the report. The compiler asks for an entry for every field of `Compared`. */
const COMPARED: { readonly [Name in keyof Compared]-?: Statistic<NonNullable<Compared[Name]>> } = {
  hypotheses: {
    compute: testHypotheses,
    section: 'Hypotheses frozen in the plan',
    render: renderHypotheses,
  },
  comparisons: {
    // Other metrics are used only by the hypotheses that name them.
    compute: ({ tables, ...input }) =>
      compareArms({ ...input, tables: tables.filter(({ metric }) => metric === 'fullMarks') }),
    section: EXPLORATORY,
    render: (results, _, layout) => renderComparisons(results, layout),
  },
  gains: {
    compute: ({ tables, plan }) => compareGains(tables, plan),
    section: EXPLORATORY,
    render: (results, _, layout) => renderGains(results, layout),
  },
};

export function computeCompared(input: CompareInput): Compared {
  const computed = Object.entries(COMPARED).map(([name, { compute }]) => [name, compute(input)] as const);
  return Object.fromEntries(computed) as unknown as Compared;
}

export function renderCompared(results: Results, plan: Plan, layout: Layout): Section[] {
  const titles = new Set(Object.values(COMPARED).map(({ section }) => section));
  return [...titles].map((title) => ({
    title,
    body: Object.values(COMPARED)
      .filter(({ section }) => section === title)
      .map(({ render }) => render(results, plan, layout)),
  }));
}
