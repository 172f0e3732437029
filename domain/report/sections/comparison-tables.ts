/** Differences between arms, and what the models cost. */
import { html } from 'hono/html';
import { type Comparison, type Metric, METRICS, type Results, type Spending } from '../../../contracts/results.ts';
import {
  countOf,
  formatCount,
  formatDifference,
  formatInterval,
  formatNumber,
  formatUsd,
  NOT_AVAILABLE,
} from '../page/format.ts';
import type { Layout, Panel } from '../page/layout.ts';
import { type Content, type Html, renderDetails, renderTable } from '../page/markup.ts';
import { METRIC_NAMES } from '../page/metric-names.ts';

/** Full marks first, in short; then every row of every metric. */
export function renderComparisons({ comparisons }: Results, layout: Layout): Html {
  if (comparisons.length === 0) return html`<p class="empty">No comparison has results yet.</p>`;
  const rowsOf = (metric: Metric) => comparisons.filter((row) => row.metric === metric);
  return html`${renderComparisonGlance(rowsOf('fullMarks'), layout)}
  ${METRICS.filter((metric) => rowsOf(metric).length > 0).map((metric) => {
    const name = METRIC_NAMES[metric];
    return renderDetails(`${name}: with standard errors and pairs`, renderAllComparisons(name, rowsOf(metric), layout));
  })}`;
}

/** The warning that belongs to every table of many comparisons. */
const phraseChance = (rows: readonly Comparison[]): string =>
  `Nothing corrects for ${countOf(rows.length, 'comparison')}: on average one in twenty would be told apart if no arm differed. Where arms were trained once, no interval covers another training.`;

interface ContrastRow {
  readonly name: string;
  readonly rows: readonly Comparison[];
}

const nameOf = ({ arm, against }: Comparison): string => `${arm} \u2212 ${against}`;

const byContrast = (rows: readonly Comparison[]): ContrastRow[] =>
  [...new Set(rows.map(nameOf))].map((name) => ({ name, rows: rows.filter((row) => nameOf(row) === name) }));

function renderComparisonGlance(comparisons: readonly Comparison[], layout: Layout): Html {
  return renderTable<ContrastRow>({
    caption: html`<b>Full marks: differences between arms,</b> on the same combinations, by each grader alone, with 95 %
      intervals. Where an interval contains 0 (grey), the data do not tell the two arms apart.
      ${phraseChance(comparisons)}`,
    columns: [
      { head: 'arm \u2212 against', kind: 'name', cell: ({ name }) => name },
      ...layout.ks.map((k) => ({
        head: `k = ${k}`,
        cell: ({ rows }: ContrastRow) => glance(rows.find((row) => row.k === k)),
      })),
    ],
    groups: groupByPanel(comparisons, layout).map(({ title, rows }) => ({ title, rows: byContrast(rows) })),
  });
}

function glance(row: Comparison | undefined): Content {
  if (!row || row.difference === null) return NOT_AVAILABLE;
  const isOpen = row.ci === null || (row.ci[0] <= 0 && row.ci[1] >= 0);
  return html`<span class="${isOpen ? 'open' : 'apart'}">${formatDifference(row.difference, 2)}</span><br /><small
      >${formatInterval(row.ci, 2)}</small
    >`;
}

const groupByPanel = (rows: readonly Comparison[], { panels }: Layout) =>
  panels
    .map((panel) => ({ title: panel.title, rows: rows.filter((row) => inPanel(row, panel)) }))
    .filter((group) => group.rows.length > 0);

const inPanel = (row: Comparison, panel: Panel): boolean =>
  row.student === panel.student && row.setting === panel.setting && row.grader === panel.grader;

const influenceOf = ({ influence }: Comparison): Content =>
  influence ? html`${formatDifference(influence.without, 3)} <small>${influence.skill}</small>` : NOT_AVAILABLE;

const renderAllComparisons = (name: string, rows: readonly Comparison[], layout: Layout): Html =>
  renderTable<Comparison>({
    caption: html`<b>${name}: every difference</b> between arms on the same combinations, by each grader alone. All
      three intervals are at 95 %. Where few pairs differ, the normal one is too short. ${phraseChance(rows)}`,
    columns: [
      { head: 'arm \u2212 against', kind: 'name', cell: nameOf },
      { head: 'k', cell: ({ k }) => k },
      { head: 'difference', cell: ({ difference }) => formatDifference(difference, 3) },
      { head: 'standard error', cell: ({ se }) => formatNumber(se, 3) },
      { head: '95\u00a0% interval', cell: ({ ci }) => formatInterval(ci) },
      { head: 'combinations drawn again', cell: ({ bootstrap }) => formatInterval(bootstrap ?? null) },
      { head: 'skills and topics drawn again', cell: ({ crossed }) => formatInterval(crossed ?? null) },
      { head: 'without the skill that matters most', cell: influenceOf },
      { head: 'pairs', cell: ({ pairs }) => formatCount(pairs) },
    ],
    groups: groupByPanel(rows, layout),
    wide: true,
  });

type ModelSpending = Spending['byModel'][string] & { readonly model: string };

export function renderSpending(spending: Spending): Html {
  const rows = Object.entries(spending.byModel)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([model, spent]) => ({ model, ...spent }));
  const total = (key: 'inputTokens' | 'outputTokens') => rows.reduce((sum, row) => sum + row[key], 0);
  const all: ModelSpending = {
    ...{ model: 'all models', calls: spending.calls, usd: spending.usd },
    ...{ inputTokens: total('inputTokens'), outputTokens: total('outputTokens') },
  };
  return renderTable<ModelSpending>({
    caption: html`<b>Spending by model.</b> Each call that the results use counts once, at the plan’s prices, whoever
      paid for it; abandoned calls are not in it.`,
    columns: [
      { head: 'model', kind: 'name', cell: ({ model }) => model },
      { head: 'calls', cell: ({ calls }) => formatCount(calls) },
      { head: 'input tokens', cell: ({ inputTokens }) => formatCount(inputTokens) },
      { head: 'output tokens', cell: ({ outputTokens }) => formatCount(outputTokens) },
      { head: 'USD', cell: ({ usd }) => formatUsd(usd) },
    ],
    groups: [{ rows: rows.length > 1 ? [...rows, all] : rows }],
    empty: 'No call was made.',
  });
}
