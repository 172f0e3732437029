/** What students wrote: the same combination by each arm, with what it earned. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import { visibleText } from '../../basics/visible-text.ts';
import type { ArmText, SideBySide } from '../../failures/side-by-side.ts';
import { formatNumber } from '../page/format.ts';
import { nameSetting } from '../page/layout.ts';
import { type Content, type Html, renderDetails, renderTable } from '../page/markup.ts';

/** A reader wants the text, not a megabyte of it. */
const SHOWN = 1_500;

export function renderTexts(examples: readonly SideBySide[], plan: Plan): Html {
  if (examples.length === 0) return html`<p class="empty">No text has been written yet.</p>`;
  const seen = new Set<string>();
  const isFirst = ({ student, setting }: SideBySide): boolean => {
    const panel = `${student}|${setting}`;
    const first = !seen.has(panel);
    seen.add(panel);
    return first;
  };
  const first = examples.filter(isFirst);
  const others = examples.filter((example) => !first.includes(example));
  return html`<p>
      The same combination as each arm has written it. Drawn by the study’s seed, first of all where arms differ, so
      these texts show what differences look like, not how frequent they are. Points are those of the first grader. Each
      text, with its prompts and gradings: <code>./etude show ${plan.science.name} TEXT</code>, as
      <code>${pathOf(first[0])}</code>.
    </p>
    ${first.map((example) => renderExample(example, plan))}
    ${
      others.length > 0
        ? renderDetails(
            'More combinations',
            others.map((example) => renderExample(example, plan)),
          )
        : ''
    }`;
}

function pathOf(example: SideBySide | undefined): string {
  const [text] = example?.texts ?? [];
  return example && text ? `${example.student}/${text.arm}/k${example.k}/${example.setting}/${text.place}` : 'TEXT';
}

function renderExample({ student, setting, k, skills, topic, texts }: SideBySide, plan: Plan): Html {
  const nameOf = (list: readonly { id: string; name: string }[], id: string) =>
    list.find((one) => one.id === id)?.name ?? id;
  const asked = skills.map((id) => nameOf(plan.catalog.skills, id)).join(', ');
  const of = plan.science.students.length > 1 ? `${student}, ` : '';
  return renderTable<ArmText>({
    caption: html`<b>${nameOf(plan.catalog.topics, topic)}: ${asked}</b> (${of}${nameSetting(plan, setting)}, k = ${k})`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      {
        head: 'points',
        cell: ({ points, of: all, text }) => (text === null ? 'n/a' : `${formatNumber(points, 0)} of ${all}`),
      },
      { head: 'text', kind: 'text', cell: cellOf },
    ],
    groups: [{ rows: texts }],
  });
}

const cellOf = ({ text, end, fullMarks, lacks }: ArmText): Content => {
  if (text === null) return html`<i>${end}</i>`;
  const missing = lacks.length > 0 ? html`<br /><small>lacks: ${lacks.join('; ')}</small>` : '';
  return html`<q dir="auto">${clip(visibleText(text))}</q
    >${fullMarks ? html`<br /><small>full marks</small>` : missing}`;
};

function clip(text: string): string {
  const characters = [...text];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')} […]` : text;
}
