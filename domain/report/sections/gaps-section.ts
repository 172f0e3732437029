/** What is missing of a study, with the reasons; the section is left out of the report of a study that has everything. */
import { html } from 'hono/html';
import type { Gap } from '../../../contracts/outputs/gaps.ts';
import { formatCount } from '../page/format.ts';
import { type Html, renderTable } from '../page/markup.ts';

const NAMES: Readonly<Record<Gap['kind'], string>> = {
  corpus: 'training texts',
  texts: 'texts',
  gradings: 'gradings of one grader',
  arm: 'cells of an arm that failed',
};

/** Of each gap all reasons are in `gaps.json`. */
const SHOWN = 5;

export const renderGaps = (gaps: readonly Gap[]): Html =>
  renderTable<Gap>({
    caption: html`<b>What is missing.</b> Planned, and not there; nothing of it counts as 0. The metrics' bounds say
      what the missing could change. Calls and arms that failed can be tried again with <code>./etude redo</code>.`,
    columns: [
      { head: 'what', kind: 'name', cell: ({ kind }) => NAMES[kind] },
      { head: 'where', kind: 'text', cell: ({ where }) => where },
      { head: 'missing', cell: ({ missing }) => formatCount(missing) },
      { head: 'planned', cell: ({ planned }) => formatCount(planned) },
      { head: 'reasons', kind: 'text', cell: renderReasons },
    ],
    groups: [{ rows: gaps }],
  });

const renderReasons = ({ reasons }: Gap): Html =>
  html`${reasons.slice(0, SHOWN).map(({ reason, count }) => html`<div>${formatCount(count)} × ${reason}</div>`)}
  ${reasons.length > SHOWN ? html`<div>and ${formatCount(reasons.length - SHOWN)} more reasons</div>` : ''}`;
