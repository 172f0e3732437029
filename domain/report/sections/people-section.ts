/** People compared with graders, on the texts that were exported blind. */
import { html } from 'hono/html';
import type { People, PeopleAgreement, PeopleMetrics } from '../../../contracts/results.ts';
import { countOf, formatCount, formatEstimate, formatInterval, formatNumber, joinWords } from '../page/format.ts';
import { type Column, type Html, renderDetails, renderTable } from '../page/markup.ts';

export function renderPeople(people: People): Html {
  const { sample, persons, agreement, metrics, comments } = people;
  const whole = agreement.filter(({ point }) => point === 'all');
  const byPoint = agreement.filter(({ point, arm }) => point !== 'all' && arm === undefined);
  const byPointAndArm = agreement.filter(({ point, arm }) => point !== 'all' && arm !== undefined);
  const [byArm, byCell] = [metrics.filter(({ k }) => k === undefined), metrics.filter(({ k }) => k !== undefined)];
  const changed =
    sample.changed === 0
      ? ''
      : ` ${countOf(sample.changed, 'exported text')} ${sample.changed === 1 ? 'is' : 'are'} no longer in the study and left out.`;
  return html`<p>
      ${countOf(sample.exported, 'text')} went out blind, in the shares of arms, k and texts on which graders differ,
      and ${formatCount(sample.judged)} came back judged:
      ${joinWords(
        persons.map(
          ({ person, texts, complete }) => `${person} ${formatCount(texts)} (${formatCount(complete)} in full)`,
        ),
      )}.${changed}
    </p>
    ${renderAgreementRows(
      whole,
      html`<b>Agreement of people</b> with graders and each other: all points that both judged. Raw: share of equal
        points. Kappa (Cohen): beyond chance (1 full, 0 none); n/a where only one verdict occurs. Without intervals.`,
    )}
    ${renderDetails('By kind of point', renderAgreementRows(byPoint, html`<b>Agreement of people and graders on each kind of point,</b> as above.`))}
    ${renderDetails(
      'By kind of point and arm',
      renderAgreementRows(
        byPointAndArm,
        html`<b>Agreement of people and graders on each kind of point, by arm,</b> as above.`,
      ),
    )}
    ${renderMetrics(
      byArm,
      html`<b>The exported texts, with and without people.</b> Mean ± standard error over combinations, and bounds if
        every text that is not judged earned nothing or everything. Several judges have one vote each.`,
    )}
    ${renderDetails('By setting and k', renderMetrics(byCell, html`<b>The exported texts by setting and k.</b> Mean ± standard error over combinations, and bounds, as above.`))}
    ${comments.length === 0 ? '' : renderDetails(`${comments.length} comments`, renderComments(comments))}`;
}

const armName = ({ student, arm }: { student?: string; arm?: string }): string =>
  arm === undefined ? 'all arms' : `${student} · ${arm}`;

const renderAgreementRows = (rows: readonly PeopleAgreement[], caption: Html): Html =>
  renderTable<PeopleAgreement>({
    caption,
    columns: [
      { head: 'judges', kind: 'name', cell: ({ judges }) => judges.join(' and ') },
      { head: 'arm', kind: 'text', cell: armName },
      { head: 'point', kind: 'text', cell: ({ point }) => point },
      { head: 'texts', cell: ({ texts }) => formatCount(texts) },
      { head: 'n', cell: ({ n }) => formatCount(n) },
      { head: 'raw', cell: ({ raw }) => formatNumber(raw, 3) },
      { head: 'kappa', cell: ({ kappa }) => formatNumber(kappa, 3) },
    ],
    groups: [{ rows }],
  });

function renderMetrics(rows: readonly PeopleMetrics[], caption: Html): Html {
  const places: Column<PeopleMetrics>[] = rows.some(({ k }) => k !== undefined)
    ? [
        { head: 'setting', kind: 'text', cell: ({ setting }) => setting ?? '' },
        { head: 'k', cell: ({ k }) => k ?? '' },
      ]
    : [];
  return renderTable<PeopleMetrics>({
    caption,
    wide: true,
    columns: [
      { head: 'arm', kind: 'name', cell: armName },
      ...places,
      { head: 'judges', kind: 'text', cell: ({ judges }) => joinWords(judges) },
      { head: 'judged', cell: ({ judged, texts }) => `${formatCount(judged)} of ${formatCount(texts)}` },
      { head: 'full marks', cell: ({ metrics }) => formatEstimate(metrics.fullMarks) },
      { head: 'bounds', cell: ({ metrics }) => formatInterval(metrics.fullMarks.bounds) },
      { head: 'all skills', cell: ({ metrics }) => formatEstimate(metrics.allSkills) },
      { head: 'skill fraction', cell: ({ metrics }) => formatEstimate(metrics.skillFraction) },
    ],
    groups: [{ rows }],
  });
}

const renderComments = (rows: People['comments']): Html =>
  renderTable<People['comments'][number]>({
    caption: html`<b>Comments of people.</b>`,
    columns: [
      { head: 'person', kind: 'name', cell: ({ person }) => person },
      { head: 'arm', kind: 'text', cell: armName },
      { head: 'comment', kind: 'text', cell: ({ comment }) => comment },
      { head: 'text', kind: 'text', cell: ({ text }) => text },
    ],
    groups: [{ rows }],
  });
