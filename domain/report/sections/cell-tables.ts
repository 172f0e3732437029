/** The cells: full marks in short, then every count and metric, and the arms that failed. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import { type Cell, type Estimate, type FailedArm, METRICS, type Results } from '../../../contracts/results.ts';
import {
  formatCount,
  formatEstimate,
  formatInterval,
  formatNumber,
  isIncomplete,
  NOT_AVAILABLE,
} from '../page/format.ts';
import { cellsOf, type Layout } from '../page/layout.ts';
import { type Column, type Content, type Html, renderDetails, renderTable } from '../page/markup.ts';
import { METRIC_NAMES } from '../page/metric-names.ts';
import { summarize } from './figures.ts';

/** Columns that say which replicate and partition a row is of, where there is more than one. */
export function repeatColumns<Row extends { replicate: number; partition: number }>(layout: Layout): Column<Row>[] {
  return [
    ...(layout.severalReplicates ? [{ head: 'replicate', cell: (row: Row) => row.replicate }] : []),
    ...(layout.severalPartitions ? [{ head: 'partition', cell: (row: Row) => row.partition }] : []),
  ];
}

/** Full marks, arm by k: the first figure in numbers. */
export function renderGlance(results: Results, layout: Layout): Html {
  const averaged = layout.severalPartitions || layout.severalReplicates;
  const groups = layout.panels.map((panel) => {
    const cells = cellsOf(results, panel);
    const arms = layout.arms.filter((arm) => cells.some((cell) => cell.arm === arm));
    return { title: panel.title, rows: arms.map((arm) => ({ arm, cells: cells.filter((cell) => cell.arm === arm) })) };
  });
  return renderTable<{ arm: string; cells: Cell[] }>({
    caption: html`<b>Full marks, arm by k.</b> By each grader alone. Mean ± standard error over combinations with a
      score${averaged ? '; averages where a cell was repeated' : ''}; ± 0.00 means that all scores are equal, not that
      the mean is certain. Intervals are in figure 1 and under “Every cell”.`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      ...layout.ks.map((k) => ({
        head: `k = ${k}`,
        cell: ({ cells }: { cells: Cell[] }) => glance(cells.filter((cell) => cell.k === k)),
      })),
    ],
    groups,
    empty: 'No cell has results yet.',
  });
}

function glance(cells: readonly Cell[]): Content {
  const [only, second] = cells;
  if (!only) return NOT_AVAILABLE;
  if (second) return formatNumber(summarize(cells, 'fullMarks').mean, 2);
  const { mean, se } = only.metrics.fullMarks;
  return mean === null ? NOT_AVAILABLE : html`${formatNumber(mean, 2)} <small>± ${formatNumber(se, 2)}</small>`;
}

const estimate = (value: Estimate, cell: Cell): Content => {
  const bounds = isIncomplete(cell.counts) ? html`<br /><small>bounds ${formatInterval(value.bounds)}</small>` : '';
  return html`${formatEstimate(value)}${bounds}`;
};

export function renderCells(plan: Plan, results: Results, layout: Layout): Html {
  const groups = layout.panels.map((panel) => ({ title: panel.title, rows: cellsOf(results, panel) }));
  const names: Column<Cell>[] = [
    { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
    ...repeatColumns<Cell>(layout),
    { head: 'k', cell: ({ k }) => k },
  ];
  const columns: Column<Cell>[] = [
    ...names,
    ...METRICS.map((metric) => ({
      head: METRIC_NAMES[metric],
      cell: (cell: Cell) => estimate(cell.metrics[metric], cell),
    })),
    { head: 'full marks, 95\u00a0% interval', cell: ({ metrics }) => formatInterval(metrics.fullMarks.ci) },
    ...countColumns,
    { head: 'exposure', cell: ({ exposure }) => formatNumber(exposure, 2) },
  ];
  const { aggregate, generations } = plan.science.evaluation;
  const cells = renderTable<Cell>({
    ...{ caption: CELLS_CAPTION, columns, groups, wide: true, empty: 'No cell has results yet.' },
  });
  if (generations === 1) return cells;
  return html`${cells}
  ${renderDetails(
    'The same cells, mean over generations',
    renderTable<Cell>({
      caption: `By each grader alone, generations averaged, gradings by ${aggregate.gradings}: mean ± standard error over combinations.`,
      columns: [
        ...names,
        ...METRICS.map((metric) => ({
          head: METRIC_NAMES[metric],
          cell: (cell: Cell) => estimate(cell.metricsMeanOverGenerations[metric], cell),
        })),
      ],
      groups,
    }),
  )}`;
}

const CELLS_CAPTION = html`<b>Every cell.</b> By each grader alone. Metrics: mean ± standard error over combinations;
  where items failed or gradings are missing, the bounds are the means if all of those scored 0 and if they scored 1.
  Texts planned = generated + refused + truncated + failed. Gradings planned = graded + unparsable + missing. Exposure:
  share of the cell’s skill sets that occurred in the arm’s training texts. Neither errors nor intervals cover the
  spread between trainings.`;

const join = (counts: readonly number[]): string => counts.map(formatCount).join(' / ');

const countColumns: readonly Column<Cell>[] = [
  { head: 'texts planned', cell: ({ counts }) => formatCount(counts.planned) },
  {
    head: 'generated / refused / truncated / failed',
    cell: ({ counts }) => join([counts.generated, counts.refused, counts.truncated, counts.failed]),
  },
  { head: 'gradings planned', cell: ({ counts }) => formatCount(counts.gradingsPlanned) },
  {
    head: 'graded / unparsable / missing',
    cell: ({ counts }) => join([counts.graded, counts.unparsable, counts.missing]),
  },
];

export const renderFailedArms = (failedArms: readonly FailedArm[], layout: Layout): Html =>
  renderTable<FailedArm>({
    caption: html`<b>Arms that failed.</b> Their cells have no results and are shown as ${NOT_AVAILABLE}.`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      { head: 'student', kind: 'text', cell: ({ student }) => student },
      ...repeatColumns<FailedArm>(layout),
      { head: 'reason', kind: 'text', cell: ({ reason }) => reason },
    ],
    groups: [{ rows: failedArms }],
    empty: 'No arm failed.',
  });
