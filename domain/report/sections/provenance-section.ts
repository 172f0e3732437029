/** Where everything comes from: the certificate, the plan's identity, and the provenance record unchanged. */
import { html } from 'hono/html';
import type { Certificate, CertifiedDataset } from '../../../contracts/results.ts';
import { countOf, formatCount, NOT_AVAILABLE } from '../page/format.ts';
import type { Layout } from '../page/layout.ts';
import { type Content, type Html, renderDetails, renderList, renderTable } from '../page/markup.ts';
import type { ReportInput } from '../page/report-input.ts';

const nameWords = ({ heldOutWordsInAnswers }: CertifiedDataset): string =>
  heldOutWordsInAnswers.length === 0
    ? 'none'
    : heldOutWordsInAnswers.map(({ skill, examples }) => `${skill} (${formatCount(examples)})`).join(', ');

export function renderCertificate(certificate: Certificate, layout: Layout): Html {
  return html`<p>${certificate.statement}</p>
    <h3>Not certified</h3>
    ${renderList(certificate.notCertified)}
    ${renderTable<CertifiedDataset>({
      caption: html`<b>Training files.</b> Held-out names in answers are listed, not forbidden: name (examples).`,
      columns: [
        { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
        ...(layout.severalPartitions
          ? [{ head: 'partition', cell: ({ partition }: CertifiedDataset) => partition }]
          : []),
        { head: 'examples', cell: ({ examples }) => formatCount(examples) },
        { head: 'held-out names in answers', kind: 'text', cell: nameWords },
        { head: 'SHA-256', kind: 'text', cell: ({ sha256 }) => html`<code>${sha256}</code>` },
      ],
      groups: [{ rows: certificate.datasets }],
      empty: 'No training file has been certified.',
    })}`;
}

export function renderProvenance({ plan, planHash, provenance }: ReportInput): Html {
  const { science, catalog } = plan;
  const identity = {
    'plan hash': planHash,
    seed: science.seed,
    catalog: `${catalog.name}, prompts ${catalog.prompts.id} version ${catalog.prompts.version}`,
    'training seeds': science.training.replicates.map(
      ({ dataSeed, trainSeed }) => `data ${dataSeed}, train ${trainSeed}`,
    ),
    'combinations planned': plan.evaluation.reduce((sum, { items }) => sum + items.length, 0),
  };
  const parts = Object.entries(provenance);
  return html`${renderRecord({ ...identity, ...Object.fromEntries(parts.filter(([, value]) => !isNested(value))) })}
  ${parts
    .filter(([, value]) => isNested(value))
    .map(([name, value]) => renderDetails(nameWithCount(name, value), renderValue(value)))}`;
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** Whether a value needs a fold of its own: a list of words does not, nor does anything empty. */
const isNested = (value: unknown): boolean => (Array.isArray(value) ? value.some(isRecord) : isRecord(value));

const nameWithCount = (name: string, value: unknown): string =>
  Array.isArray(value) ? `${name}: ${countOf(value.length, 'entry', 'entries')}` : name;

/** Nested values are indented below their name. Leaves become text before `html` sees them, so it escapes them. */
const renderRecord = (record: Readonly<Record<string, unknown>>): Html =>
  html`<dl>
    ${Object.entries(record).map(
      ([name, value]) =>
        html`<div class="${isNested(value) ? 'nested' : 'leaf'}">
          <dt>${name}</dt>
          <dd>${renderValue(value)}</dd>
        </div>`,
    )}
  </dl>`;

function renderValue(value: unknown): Content {
  if (value === null || value === undefined || value === '') return NOT_AVAILABLE;
  if (Array.isArray(value)) return renderArray(value);
  if (typeof value !== 'object') return String(value);
  return isRecord(value) ? renderRecord(value as Record<string, unknown>) : 'none';
}

function renderArray(values: readonly unknown[]): Content {
  if (values.length === 0) return 'none';
  return isNested(values) ? renderList(values.map(renderValue)) : values.join(', ');
}
