/** The differences between arms as a forest plot: a mark and a 95 % interval each, beside the line of no difference. */
import { html } from 'hono/html';
import type { TopLevelSpec } from 'vega-lite';
import type { Plan } from '../../../contracts/plan.ts';
import type { Comparison, Interval, Results } from '../../../contracts/results.ts';
import { draw } from '../page/draw.ts';
import { formatDifference, formatInterval, joinWords } from '../page/format.ts';
import { keyArmsOf, type Layout } from '../page/layout.ts';
import type { Html } from '../page/markup.ts';

interface ForestInput {
  readonly plan: Plan;
  readonly results: Results;
  readonly layout: Layout;
  readonly number: number;
}

interface Row {
  readonly panel: string;
  readonly contrast: string;
  readonly k: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly apart: boolean;
}

type Told = Comparison & { readonly difference: number; readonly ci: Interval };

/** More contrasts than this cannot be read in one panel: then only those with the untrained student are drawn. */
const MOST_CONTRASTS = 8;
const PANEL_WIDTH = 290;
const ROW_HEIGHT = 11;

const isTold = (row: Comparison): row is Told =>
  row.metric === 'fullMarks' && row.difference !== null && row.ci !== null;

const nameOf = ({ arm, against }: Comparison): string => `${arm} \u2212 ${against}`;

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

function chooseRows({ plan, results }: ForestInput): { rows: Told[]; all: boolean } {
  const told = results.comparisons.filter(isTold);
  const base = keyArmsOf(plan).base?.id;
  const withBase = told.filter(({ against }) => against === base);
  const all = distinct(told.map(nameOf)).length <= MOST_CONTRASTS || withBase.length === 0;
  return { rows: all ? told : withBase, all };
}

function rowsOf(chosen: readonly Told[], { panels }: Layout): Row[] {
  return panels.flatMap(({ student, setting, grader, title }) =>
    chosen
      .filter((row) => row.student === student && row.setting === setting && row.grader === grader)
      .map((row) => {
        const [low, high] = row.ci;
        const apart = low > 0 || high < 0;
        return { panel: title, contrast: nameOf(row), k: row.k, difference: row.difference, low, high, apart };
      }),
  );
}

/** Null where no two arms can be compared yet. */
export async function renderForest(input: ForestInput): Promise<Html | null> {
  const { layout, number } = input;
  const { rows: chosen, all } = chooseRows(input);
  const rows = rowsOf(chosen, layout);
  if (rows.length === 0) return null;
  const title = 'Differences in full marks between arms';
  const svg = await draw({ id: `figure-${number}`, title, description: describe(rows), spec: specOf(rows, layout) });
  const ks = distinct(rows.map(({ k }) => k)).sort((a, b) => a - b);
  return html`<figure>
    <div class="drawing" tabindex="0" role="group" aria-label="Figure ${number}">${svg}</div>
    <figcaption>
      <b>Figure ${number}. ${title},</b> on the same combinations, with 95 % intervals. Right of the dashed line the
      first arm is better. Filled: told apart. Hollow: the interval contains 0, so the data do not tell the arms apart.
      Within each pair of arms, from top to bottom: k = ${joinWords(ks)}. Nothing corrects for the number of
      differences. ${all ? '' : 'Only differences from the untrained student are drawn; the tables have all.'}
    </figcaption>
  </figure>`;
}

const describe = (rows: readonly Row[]): string =>
  distinct(rows.map(({ panel }) => panel))
    .map((panel) => {
      const told = rows
        .filter((row) => row.panel === panel)
        .map(
          ({ contrast, k, difference, low, high }) =>
            `${contrast} k=${k} ${formatDifference(difference, 2)} ${formatInterval([low, high], 2)}`,
        );
      return `${panel}: ${told.join('; ')}.`;
    })
    .join(' ');

function specOf(rows: readonly Row[], { ks, panels }: Layout): TopLevelSpec {
  const contrasts = distinct(rows.map(({ contrast }) => contrast));
  const y = { field: 'contrast', type: 'nominal', sort: contrasts, title: null, axis: { grid: true, labelLimit: 220 } };
  const yOffset = { field: 'k', type: 'ordinal', sort: ks };
  const x = { field: 'difference', type: 'quantitative', title: 'difference', axis: { format: '+.1f', tickCount: 5 } };
  const ink = { value: 'currentColor' };
  const fill = { condition: { test: 'datum.apart', value: 'currentColor' }, value: 'var(--paper)' };
  return {
    data: { values: rows },
    facet: {
      ...{ field: 'panel', type: 'nominal', sort: panels.map(({ title }) => title) },
      header: { title: null, labelExpr: "split(datum.label, ' · ')", labelPadding: 8, labelLineHeight: 15 },
    },
    columns: 2,
    spacing: { row: 55, column: 28 },
    spec: {
      width: PANEL_WIDTH,
      height: contrasts.length * (ks.length + 1) * ROW_HEIGHT,
      layer: [
        {
          // One line for a panel, not one for each of its rows.
          transform: [{ aggregate: [{ op: 'count', as: 'rows' }], groupby: ['panel'] }],
          mark: { type: 'rule', strokeDash: [4, 3] },
          encoding: { x: { datum: 0 }, color: ink },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { y, yOffset, x: { ...x, field: 'low' }, x2: { field: 'high' }, color: ink },
        },
        {
          mark: { type: 'point', size: 36, opacity: 1, strokeWidth: 1.5 },
          encoding: { y, yOffset, x, stroke: ink, fill },
        },
      ],
    },
  } as unknown as TopLevelSpec;
}
