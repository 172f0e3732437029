/**
 * The training corpus of each k: from planned to kept, what dedupe removed, and examples of what it took for repeats.
 */
import { html } from 'hono/html';
import type { TopLevelSpec } from 'vega-lite';
import type { CorpusRow, Results } from '../../../contracts/results.ts';
import { renderLegend, scaleMark, styleOf } from '../page/arm-style.ts';
import { draw } from '../page/draw.ts';
import { countOf, formatCount, formatNumber, formatShare } from '../page/format.ts';
import type { Layout } from '../page/layout.ts';
import { type Column, type Html, renderDetails, renderTable } from '../page/markup.ts';
import type { CorpusDetails, DroppedText, ReportInput } from '../page/report-input.ts';

/** Examples shown for each corpus; all of them would fill a file of their own. */
const EXAMPLES = 5;

export async function renderCorpus(
  { results, corpusDetails, plan }: ReportInput,
  layout: Layout,
  figureNumber: number,
): Promise<Html> {
  const { near } = plan.science.compose.dedupe;
  return html`${renderCorpusTable(results, layout)}
  ${await renderRemovalCurve(corpusDetails, layout, near, figureNumber)} ${renderExamples(corpusDetails, layout)}`;
}

const partitionColumn = ({ severalPartitions }: Layout): Column<CorpusRow>[] =>
  severalPartitions ? [{ head: 'partition', cell: ({ partition }) => partition }] : [];

const renderCorpusTable = ({ corpus }: Results, layout: Layout): Html =>
  renderTable<CorpusRow>({
    caption: html`<b>The corpus.</b> Planned: combinations the teacher may be asked for. Composed: texts it wrote until
      enough were kept; full marks are those of the grader of training texts alone, and what exceeds the target is left
      out. Kept rate: kept of composed, so it falls with a surplus too. Skill coverage: share of the train skills that a
      kept text combines.`,
    columns: [
      { head: 'k', kind: 'name', cell: ({ k }) => k },
      ...partitionColumn(layout),
      { head: 'planned', cell: ({ planned }) => formatCount(planned) },
      { head: 'composed', cell: ({ composed }) => formatCount(composed) },
      { head: 'full marks', cell: ({ fullMarks }) => formatCount(fullMarks) },
      { head: 'duplicates', cell: ({ duplicates }) => formatCount(duplicates) },
      { head: 'kept', cell: ({ kept }) => formatCount(kept) },
      { head: 'kept rate', cell: ({ kept, composed }) => formatShare(kept, composed) },
      { head: 'skill coverage', cell: ({ skillCoverage }) => formatNumber(skillCoverage, 3) },
    ],
    groups: [{ rows: corpus }],
    empty: 'No training text has been composed yet.',
  });

const nameOf = ({ k, partition }: CorpusDetails, { severalPartitions }: Layout): string =>
  severalPartitions ? `k = ${k}, partition ${partition}` : `k = ${k}`;

async function renderRemovalCurve(
  details: readonly CorpusDetails[],
  layout: Layout,
  near: number | 'off',
  number: number,
): Promise<Html | ''> {
  const drawn = details.filter(({ removalCurve }) => removalCurve.length > 0);
  if (drawn.length === 0) return '';
  const names = drawn.map((row) => nameOf(row, layout));
  const values = drawn.flatMap((row, index) => row.removalCurve.map((point) => ({ ...point, corpus: names[index] })));
  const svg = await draw({
    id: `figure-${number}`,
    title: 'Texts that dedupe removes, by threshold',
    description: values.map(({ corpus, threshold, removed }) => `${corpus}, ${threshold}: ${removed}`).join('; '),
    spec: removalSpec(names, values, near),
  });
  const used =
    near === 'off' ? 'This study removed exact repeats only.' : `The dotted line is the threshold used, ${near}.`;
  return html`<figure class="small">
    ${renderLegend(names)}
    <div class="drawing" tabindex="0" role="group" aria-label="Figure ${number}">${svg}</div>
    <figcaption>
      <b>Figure ${number}. Removed texts against the threshold</b> of similarity (Jaccard, word shingles) from which on
      a text counts as a repeat. ${used}
    </figcaption>
  </figure>`;
}

function removalSpec(names: readonly string[], values: readonly object[], near: number | 'off'): TopLevelSpec {
  const styles = names.map((_, index) => styleOf(index));
  const by = (range: unknown[]) => ({
    field: 'corpus',
    type: 'nominal',
    scale: { domain: names, range },
    legend: null,
  });
  const color = by(styles.map(({ colour }) => colour));
  const x = {
    field: 'threshold',
    type: 'quantitative',
    scale: { zero: false, nice: false, padding: 12 },
    axis: { grid: false },
  };
  const y = { field: 'removed', type: 'quantitative', title: 'texts removed', axis: { tickCount: 4, tickMinStep: 1 } };
  const used = { mark: { type: 'rule', strokeDash: [2, 3], color: 'currentColor' }, encoding: { x: { datum: near } } };
  return {
    data: { values },
    width: 380,
    height: 150,
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y, color, strokeDash: by(styles.map(({ dash }) => dash)) },
      },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1 },
        encoding: { x, y, color, shape: by(styles.map(({ mark }) => scaleMark(mark))) },
      },
      ...(near === 'off' ? [] : [used]),
    ],
  } as unknown as TopLevelSpec;
}

function renderExamples(details: readonly CorpusDetails[], layout: Layout): Html {
  return html`${details
    .filter(({ dropped }) => dropped.length > 0)
    .map((row) => {
      const shown = row.dropped.slice(0, EXAMPLES);
      const summary = `Dropped as repeats, ${nameOf(row, layout)}: ${countOf(shown.length, 'example')} of ${formatCount(row.dropped.length)}`;
      return renderDetails(summary, renderDropped(shown));
    })}`;
}

const renderDropped = (dropped: readonly DroppedText[]): Html =>
  renderTable<DroppedText>({
    caption: 'Texts left out, each beside the kept text that it repeats.',
    columns: [
      {
        head: 'text left out',
        kind: 'text',
        cell: ({ index, text }) => html`<q>${text}</q> <small>no. ${index}</small>`,
      },
      { head: 'kept text', kind: 'text', cell: ({ of, ofText }) => html`<q>${ofText}</q> <small>no. ${of}</small>` },
      { head: 'similarity', cell: ({ jaccard, exact }) => (exact ? 'exact' : formatNumber(jaccard, 2)) },
    ],
    groups: [{ rows: dropped }],
  });
