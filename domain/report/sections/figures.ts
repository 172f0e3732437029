/** The figures: a metric against k, one line per arm, one panel per student, setting and grader. */
import { html } from 'hono/html';
import type { TopLevelSpec } from 'vega-lite';
import type { Plan } from '../../../contracts/plan.ts';
import type { Cell, Metric, Results } from '../../../contracts/results.ts';
import { renderLegend, scaleMark, styleOf } from '../page/arm-style.ts';
import { draw } from '../page/draw.ts';
import { formatNumber } from '../page/format.ts';
import { cellsOf, type Layout, type Panel } from '../page/layout.ts';
import type { Html } from '../page/markup.ts';
import { METRIC_NAMES } from '../page/metric-names.ts';

interface Point {
  readonly panel: string;
  readonly arm: string;
  readonly k: number;
  /** k, moved aside a little so that the error bars of several arms stay apart. */
  readonly x: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

interface FigureInput {
  readonly plan: Plan;
  readonly results: Results;
  readonly layout: Layout;
}

export interface MetricFigure extends FigureInput {
  readonly metric: Metric;
  readonly number: number;
  readonly size: 'large' | 'small';
}

const SPREAD = 0.36;
const WIDTH = 830;
/** Breaks a panel's title into lines: student, setting and grader below each other. */
const HEADER = { title: null, labelExpr: "split(datum.label, ' · ')", labelPadding: 8, labelLineHeight: 15 } as const;

export async function renderMetricFigure(figure: MetricFigure): Promise<Html> {
  const { metric, number, layout, size } = figure;
  const name = METRIC_NAMES[metric];
  const points = layout.panels.flatMap((panel) => pointsOf(figure, panel));
  const title = `${name} against k`;
  const svg = await draw({
    id: `figure-${number}`,
    title,
    description: describe(points, name),
    spec: specOf(figure, points),
  });
  return html`<figure class="${size}">
    ${renderLegend(layout.arms)}
    <div class="drawing" tabindex="0" role="group" aria-label="Figure ${number}">${svg}</div>
    <figcaption><b>Figure ${number}. ${title},</b> the number of skills to combine. ${explainBars(layout)}</figcaption>
  </figure>`;
}

function explainBars({ severalPartitions, severalReplicates }: Layout): string {
  if (!severalPartitions && !severalReplicates) {
    return 'One panel for each grader and setting. Bars: 95\u00a0% intervals over the combinations of a cell; they do not cover another training. Marks are moved aside a little so that bars stay apart.';
  }
  const over = [severalReplicates && 'replicates', severalPartitions && 'partitions'].filter(Boolean).join(' and ');
  return `Lines: averages over ${over}. Bars: the lowest and highest of them, no interval; those of single cells are in the table.`;
}

function pointsOf({ results, layout, metric }: MetricFigure, panel: Panel): Point[] {
  const cells = cellsOf(results, panel);
  return layout.arms.flatMap((arm, index) =>
    layout.ks.flatMap((k) => {
      const here = cells.filter((cell) => cell.arm === arm && cell.k === k);
      if (here.length === 0) return [];
      const aside = layout.arms.length === 1 ? 0 : SPREAD * (index / (layout.arms.length - 1) - 0.5);
      return [{ panel: panel.title, arm, k, x: k + aside, ...summarize(here, metric) }];
    }),
  );
}

/** One cell: its mean and interval. Several (replicates, partitions): their average, lowest and highest. */
export function summarize(cells: readonly Cell[], metric: Metric): Pick<Point, 'mean' | 'low' | 'high'> {
  const within = (value: number) => Math.min(1, Math.max(0, value));
  const means = cells.map((cell) => cell.metrics[metric].mean).filter((mean) => mean !== null);
  if (means.length === 0) return { mean: null, low: null, high: null };
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  if (cells.length > 1) return { mean, low: Math.min(...means), high: Math.max(...means) };
  const ci = cells[0]?.metrics[metric].ci ?? null;
  return { mean, low: ci && within(ci[0]), high: ci && within(ci[1]) };
}

const describe = (points: readonly Point[], name: string): string =>
  `${name} by arm. ` +
  [...new Set(points.map(({ panel }) => panel))]
    .map((panel) => {
      const inPanel = points.filter((point) => point.panel === panel);
      const arms = [...new Set(inPanel.map(({ arm }) => arm))].map((arm) => {
        const values = inPanel.filter((point) => point.arm === arm);
        return `${arm} ${values.map(({ k, mean }) => `k=${k} ${formatNumber(mean, 2)}`).join(', ')}`;
      });
      return `${panel}: ${arms.join('; ')}.`;
    })
    .join(' ');

function specOf({ metric, layout, size }: MetricFigure, points: readonly Point[]): TopLevelSpec {
  const { arms, ks, settings } = layout;
  const columns = settings.length <= 3 ? settings.length : 2;
  const styles = arms.map((_, index) => styleOf(index));
  const byArm = (range: unknown[]) => ({ field: 'arm', type: 'nominal', scale: { domain: arms, range }, legend: null });
  const colour = byArm(styles.map((style) => style.colour));
  const axisOfK = { values: ks, format: 'd', title: 'k', grid: false };
  const axisOfMetric = { values: [0, 0.25, 0.5, 0.75, 1], format: '.2', title: METRIC_NAMES[metric] };
  const domain = [(ks[0] ?? 1) - 0.3, (ks.at(-1) ?? 1) + 0.3];
  const x = { field: 'x', type: 'quantitative', scale: { domain, nice: false, zero: false }, axis: axisOfK };
  // Room for a mark at 0 or 1: one that stood out of its panel would lift that panel's title above those beside it.
  const y = {
    field: 'mean',
    type: 'quantitative',
    scale: { domain: [0, 1], padding: 6, nice: false },
    axis: axisOfMetric,
  };
  const gaps = 'break-paths-show-domains';
  return {
    data: { values: points },
    facet: { field: 'panel', type: 'nominal', sort: layout.panels.map(({ title }) => title), header: HEADER },
    columns,
    bounds: 'flush',
    spacing: { row: layout.severalStudents ? 75 : 60, column: 28 },
    spec: {
      width: Math.floor((WIDTH - 52) / columns) - 28,
      height: size === 'large' ? 250 : 150,
      encoding: { x },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.55 },
          transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colour },
        },
        {
          mark: { type: 'line', strokeWidth: 2, invalid: gaps },
          encoding: { y, color: colour, strokeDash: byArm(styles.map(({ dash }) => dash)) },
        },
        {
          mark: { type: 'point', filled: true, size: 60, opacity: 1, invalid: 'filter' },
          encoding: { y, color: colour, shape: byArm(styles.map(({ mark }) => scaleMark(mark))) },
        },
      ],
    },
  } as unknown as TopLevelSpec;
}
