/**
 * The report: one self-contained page, made of data alone. The same input gives the same bytes: no clock, no locale, no
 * fonts. Every number is in a table too, and whatever comes from models is escaped.
 */
import { html, raw } from 'hono/html';
import { METRICS } from '../../contracts/results.ts';
import { renderCompared } from './compared.ts';
import { formatCount } from './page/format.ts';
import { type Layout, layoutOf } from './page/layout.ts';
import { type Html, renderContents, renderDetails, renderSection, type Section } from './page/markup.ts';
import type { ReportInput } from './page/report-input.ts';
import { STYLE } from './page/style.ts';
import { renderAgreement } from './sections/agreement-section.ts';
import { renderCaveats } from './sections/caveats.ts';
import { renderCells, renderFailedArms, renderGlance } from './sections/cell-tables.ts';
import { renderSpending } from './sections/comparison-tables.ts';
import { renderCorpus } from './sections/corpus-section.ts';
import { renderArms, renderModels, renderNotes, renderSplit } from './sections/design-section.ts';
import { renderFailures } from './sections/failures-section.ts';
import { renderMetricFigure } from './sections/figures.ts';
import { renderForest } from './sections/forest-figure.ts';
import { renderGaps } from './sections/gaps-section.ts';
import { renderHeadline } from './sections/headline.ts';
import { renderLiterature } from './sections/literature-section.ts';
import { renderMethod } from './sections/method-section.ts';
import { renderPayments } from './sections/payments-table.ts';
import { renderPeople } from './sections/people-section.ts';
import { renderPoints, renderVariants } from './sections/points-section.ts';
import { renderCertificate, renderProvenance } from './sections/provenance-section.ts';
import { renderSummary } from './sections/summary.ts';
import { renderTexts } from './sections/texts-section.ts';

const MAIN_FIGURE = 'Full marks';

/** One self-contained HTML page. */
export async function renderReport(input: ReportInput): Promise<string> {
  const layout = layoutOf(input.plan, input.results);
  const sections = await sectionsOf(input, layout);
  const { title, name } = input.plan.science;
  // A reader sees what is missing and the main figure before anything else.
  const opening = sections.findIndex((section) => section.title === MAIN_FIGURE) + 1;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title ?? name}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <p class="kicker">Study ${name} · plan <code>${input.planHash.slice(0, 12)}</code></p>
          <h1>${title ?? name}</h1>
          ${renderRunning(input.running)} ${renderHeadline({ ...input, layout })}
          ${renderDetails('The findings in full', renderSummary({ ...input, layout }))}
        </header>
        <main>
          ${sections.slice(0, opening).map(renderSection)} ${renderCaveats(input.plan, input.results)}
          ${renderContents(sections)} ${sections.slice(opening).map(renderSection)}
        </main>
        <footer>
          <p>
            Made from plan and replies alone: the same plan and the same replies give this page again, byte for byte.
          </p>
        </footer>
      </body>
    </html> `;
  return String(await page);
}

const renderRunning = (running: ReportInput['running']): Html | '' =>
  running === null
    ? ''
    : html`<p class="running" role="status">
        <b>Still running:</b> ${formatCount(running.done)} of ${formatCount(running.planned)} planned items are done.
        The numbers below cover what exists so far and will change.
      </p>`;

async function sectionsOf(input: ReportInput, layout: Layout): Promise<Section[]> {
  const { plan, results, certificate, failures, published } = input;
  const [first, ...others] = METRICS;
  const figure = (metric: (typeof METRICS)[number], number: number, size: 'large' | 'small') =>
    renderMetricFigure({ plan, results, layout, metric, number, size });
  const otherFigures = await Promise.all(others.map((metric, index) => figure(metric, index + 3, 'small')));
  const forest = await renderForest({ plan, results, layout, number: 2 });
  const { gaps = [], sideBySide } = input;
  return [
    ...(gaps.length > 0 ? [{ title: 'What is missing', body: renderGaps(gaps) }] : []),
    { title: MAIN_FIGURE, body: [await figure(first, 1, 'large'), renderGlance(results, layout)] },
    ...(forest ? [{ title: 'Differences at a glance', body: forest }] : []),
    ...(sideBySide ? [{ title: 'Texts', body: renderTexts(sideBySide, plan) }] : []),
    { title: 'What was compared', body: [renderArms(plan), renderSplit(plan)] },
    ...renderCompared(results, plan, layout),
    { title: 'The other metrics', body: otherFigures },
    { title: 'Every cell', body: [renderCells(plan, results, layout), renderFailedArms(results.failedArms, layout)] },
    {
      title: 'Points and other ways to score',
      body: [renderPoints(plan, results, layout), renderVariants(results, layout)],
    },
    { title: 'Agreement of graders', body: renderAgreement(results, plan) },
    ...(results.people ? [{ title: 'People as graders', body: renderPeople(results.people) }] : []),
    ...(failures ? [{ title: 'What fails', body: renderFailures(failures, plan) }] : []),
    { title: 'Training corpus', body: await renderCorpus(input, layout, METRICS.length + 2) },
    { title: 'Certificate', body: renderCertificate(certificate, layout) },
    { title: 'How it was measured', body: [renderMethod(plan), renderModels(plan)] },
    { title: 'Differences from the published study', body: renderNotes(plan) },
    ...(published ? [{ title: 'Published figures', body: renderLiterature(published, plan, results, layout) }] : []),
    { title: 'Spending', body: [renderSpending(results.spending), renderPayments(input.payments)] },
    { title: 'Provenance', body: renderProvenance(input) },
  ];
}
