/** Agreement of graders: by kind of point, and folded away by k and by skill. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Agreement, Results } from '../../../contracts/results.ts';
import { judgesAny } from '../../rubric/rubric-checks.ts';
import { formatCount, formatNumber } from '../page/format.ts';
import { type Column, type Html, renderDetails, renderTable } from '../page/markup.ts';

export function renderAgreement({ agreement }: Results, plan: Plan): Html {
  const whole = agreement.filter(({ k, skill }) => k === undefined && skill === undefined);
  const byK = agreement.filter(({ k }) => k !== undefined);
  const bySkill = agreement.filter(({ skill }) => skill !== undefined);
  const caption = html`<b>Agreement of graders</b> on the same texts, all k together. Raw: share of equal points. Kappa
    (Cohen) and alpha (Krippendorff, nominal): beyond chance (1 full, 0 none); n/a where only one verdict occurs, and
    near 0 where nearly all verdicts are one, however often graders agree. Compared is what graders gave, before a rule
    decides a point. Without intervals: texts share combinations. Graders that agree may share a mistake.`;
  return html`${renderRows(whole, plan, caption, [])}
  ${byK.length > 0 ? renderDetails('By k', renderRows(byK, plan, html`<b>Agreement of graders at each k,</b> on texts as above.`, [K])) : ''}
  ${
    bySkill.length > 0
      ? renderDetails(
          'By skill',
          renderRows(bySkill, plan, html`<b>Agreement of graders on each skill,</b> on texts as above.`, [
            skillOf(plan),
          ]),
        )
      : ''
  }`;
}

const K: Column<Agreement> = { head: 'k', cell: ({ k }) => k ?? '' };

const skillOf = ({ catalog }: Plan): Column<Agreement> => ({
  head: 'skill',
  kind: 'text',
  cell: ({ skill }) => catalog.skills.find(({ id }) => id === skill)?.name ?? skill ?? '',
});

function renderRows(
  rows: readonly Agreement[],
  { catalog }: Plan,
  caption: Html,
  places: readonly Column<Agreement>[],
): Html {
  const namePoint = (point: string) =>
    catalog.rubric.points.some(({ id }) => id === point) ? `rubric: ${point}` : point;
  return renderTable<Agreement>({
    caption,
    columns: [
      { head: 'graders', kind: 'name', cell: ({ graders }) => graders.join(' and ') },
      { head: 'point', kind: 'text', cell: ({ point }) => namePoint(point) },
      ...places,
      { head: 'texts', cell: ({ texts }) => formatCount(texts) },
      { head: 'raw', cell: ({ raw }) => formatNumber(raw, 3) },
      { head: 'kappa', cell: ({ kappa }) => formatNumber(kappa, 3) },
      { head: 'alpha', cell: ({ alpha }) => formatNumber(alpha, 3) },
    ],
    groups: [{ rows }],
    empty: judgesAny(catalog.rubric)
      ? 'One grader only: nothing to compare.'
      : 'Programs decide every point: no grader was asked.',
  });
}
