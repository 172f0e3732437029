/** Which points are lost: the mean of every kind of point, and the metrics under other ways of scoring. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Cell, PointFigure, Results, Variant } from '../../../contracts/results.ts';
import { METRICS, VARIANTS } from '../../../contracts/results.ts';
import { formatInterval, formatNumber, isIncomplete, NOT_AVAILABLE } from '../page/format.ts';
import { cellsOf, type Layout } from '../page/layout.ts';
import { type Column, type Content, type Html, renderDetails, renderTable } from '../page/markup.ts';
import { METRIC_NAMES } from '../page/metric-names.ts';
import { repeatColumns } from './cell-tables.ts';

const VARIANT_NAMES: Readonly<Record<Variant, string>> = {
  keepNames: 'names not deducted',
  deductNames: 'names deducted',
  deductInflectedNames: 'inflected names deducted',
  withCommonSkills: 'with common skills',
  withoutCommonSkills: 'without common skills',
  protocol: 'sentences as Skill-Mix',
  segmenter: 'sentences as Unicode',
  leaderboard: 'names deducted, without common skills',
};

const namesOf = (layout: Layout): Column<Cell>[] => [
  { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
  ...repeatColumns<Cell>(layout),
  { head: 'k', cell: ({ k }) => k },
];

export function renderPoints(plan: Plan, results: Results, layout: Layout): Html {
  const { rubric } = plan.catalog;
  const checked = [
    ...(rubric.skillCheck ? ['skill'] : []),
    ...rubric.points.flatMap(({ id, check, rule }) => (check || rule ? [id] : [])),
  ];
  const kinds = ['skill', ...plan.catalog.rubric.points.map(({ id }) => id)];
  const columns = kinds.map((kind): Column<Cell> => ({
    head: kind,
    cell: (cell) =>
      figure(
        cell.points?.find(({ point }) => point === kind),
        cell,
      ),
  }));
  return renderTable<Cell>({
    caption: html`<b>Points.</b> By each grader alone. Share of each kind of point that is earned, as scored: mean ±
      standard error over combinations, generations averaged first. Texts without a readable grading count in the bounds
      as 0 and as 1.${checked.length > 0 ? ` A program, not a grader, gives: ${checked.join(', ')}.` : ''}`,
    columns: [...namesOf(layout), ...columns],
    groups: layout.panels.map((panel) => ({ title: panel.title, rows: cellsOf(results, panel) })),
    empty: 'No cell has results yet.',
  });
}

function figure(point: PointFigure | undefined, cell: Cell): Content {
  if (!point || point.mean === null) return NOT_AVAILABLE;
  const bounds = isIncomplete(cell.counts) ? html`<br /><small>bounds ${formatInterval(point.bounds)}</small>` : '';
  return html`${formatNumber(point.mean, 3)} <small>± ${formatNumber(point.se, 3)}</small>${bounds}`;
}

/** The metrics under the study's own switches, beside those under each other choice. */
export function renderVariants(results: Results, layout: Layout): Html {
  const seen = VARIANTS.filter((variant) => results.cells.some((cell) => cell.variants?.[variant]));
  const tables = METRICS.map((metric) => {
    const mean = (value: { mean: number | null; se: number | null } | undefined): Content =>
      value === undefined || value.mean === null
        ? NOT_AVAILABLE
        : html`${formatNumber(value.mean, 3)} <small>± ${formatNumber(value.se, 3)}</small>`;
    return renderTable<Cell>({
      caption: html`<b>${METRIC_NAMES[metric]}, scored in other ways.</b> By each grader alone. The same texts and
        gradings; each column differs from the study’s own scoring in what it names alone. Mean ± standard error over
        combinations.`,
      columns: [
        ...namesOf(layout),
        { head: 'as the study scores', cell: (cell) => mean(cell.metrics[metric]) },
        ...seen.map((variant) => ({
          head: VARIANT_NAMES[variant],
          cell: (cell: Cell) => mean(cell.variants?.[variant]?.[metric]),
        })),
        { head: 'best of', cell: ({ generationsUsed }) => generationsUsed ?? NOT_AVAILABLE },
      ],
      groups: layout.panels.map((panel) => ({ title: panel.title, rows: cellsOf(results, panel) })),
      wide: true,
      empty: 'No cell has results yet.',
    });
  });
  const [first, ...others] = tables;
  return html`${first}${renderDetails('The other metrics, scored in other ways', others)}`;
}
