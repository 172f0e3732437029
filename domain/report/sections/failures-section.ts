/** What fails: signatures in one table; folded away, the skills, pairs, categories, topics, covariates and texts. */
import { html } from 'hono/html';
import {
  SIGNATURES,
  type CoFailure,
  type ExposureFigure,
  type FailureDescription,
  type FailureExample,
  type FailureGroup,
  type Rate,
  type Signature,
} from '../../../contracts/outputs/failure-description.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { formatCount, formatInterval, formatNumber, NOT_AVAILABLE } from '../page/format.ts';
import { keyArmsOf, nameSetting } from '../page/layout.ts';
import {
  type Column,
  type Content,
  type Html,
  renderDetails,
  renderList,
  renderTable,
  type RowGroup,
} from '../page/markup.ts';

/** The rules of `domain/failures/signatures.ts` in words. */
const RULES: Readonly<Record<Signature, string>> = {
  refused: 'the student refused',
  truncated: 'the reply was cut at its limit of tokens',
  empty: 'no letter or digit',
  lists: 'for k above 1: at least k lines, or one line with at least k parts between semicolons or bullets',
  'one-by-one': 'for k above 1: at least k sentences, of which at most one names the topic',
  'too-long': 'every skill is shown, but in more sentences than allowed',
  'off-topic': 'the point for the topic is not earned',
  names: 'names a skill, in any form of the word, whose point it does not earn',
};

export function renderFailures(failures: FailureDescription, plan: Plan): Html {
  const { groups, coFailures, examples, grader } = failures;
  if (grader === null || groups.length === 0) return html`<p class="empty">No text has been graded yet.</p>`;
  return html`<p>
      By grader <b>${grader}</b>, the study’s first, alone; all of it is exploratory. More is in
      <code>failures.json</code>.
    </p>
    ${renderSignatures(groups, plan)}
    ${renderDetails('What each signature means', renderList(SIGNATURES.map((id) => html`<b>${id}</b>: ${RULES[id]}`)))}
    ${renderDetails('Example texts', renderExamples(examples, plan))}
    ${renderDetails('By skill', [renderSkills(groups, plan), renderCompany(groups, plan)])}
    ${renderDetails('Skills that fail together', renderPairs(coFailures, plan))}
    ${renderDetails('By category', renderCategories(groups, plan))}
    ${renderDetails('By topic', renderTopics(groups, plan))}
    ${renderDetails('Length and names', [renderLength(groups, plan), renderLeakage(groups, plan)])}
    ${renderDetails('Skill sets that never occurred in training', renderExposure(groups, plan))}`;
}

const titleOf = ({ student, setting }: FailureGroup, plan: Plan): string =>
  plan.science.students.length > 1 ? `${student} · ${nameSetting(plan, setting)}` : nameSetting(plan, setting);

/** Groups by student and setting, each with its arms. */
function byPanel(groups: readonly FailureGroup[], plan: Plan): { title: string; arms: FailureGroup[] }[] {
  const titles = [...new Set(groups.map((group) => titleOf(group, plan)))];
  return titles.map((title) => ({ title, arms: groups.filter((group) => titleOf(group, plan) === title) }));
}

const perArm = <Row>(groups: readonly FailureGroup[], plan: Plan, rowsOf: (group: FailureGroup) => Row[]) =>
  byPanel(groups, plan).map(({ title, arms }): RowGroup<Row> => ({ title, rows: arms.flatMap(rowsOf) }));

function renderSignatures(groups: readonly FailureGroup[], plan: Plan): Html {
  const sum = (group: FailureGroup, of: (row: FailureGroup['signatures'][number]) => number | null): Content => {
    const counts = group.signatures.map(of);
    if (counts.includes(null)) return NOT_AVAILABLE;
    return formatCount(counts.reduce<number>((total, count) => total + (count ?? 0), 0));
  };
  const column = (head: string, of: (row: FailureGroup['signatures'][number]) => number | null) => ({
    head,
    cell: (group: FailureGroup) => sum(group, of),
  });
  return renderTable<FailureGroup>({
    caption: html`<b>How texts fail</b>, by the first grader alone, all k together: texts below full marks by signature.
      A text may show several. Unnamed: none of them, so a point is missing and no rule says why; “By skill” says which.
      Without score: failed texts and those without a readable grading.`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      column('scored', ({ texts }) => texts),
      column('full marks', ({ fullMarks }) => fullMarks),
      ...SIGNATURES.map((id) => column(id, ({ signatures }) => signatures[id])),
      column('unnamed', ({ unnamed }) => unnamed),
      column('without score', ({ missing }) => missing),
    ],
    groups: perArm(groups, plan, (group) => [group]),
    wide: true,
  });
}

const formatRate = (rate: Rate | undefined): Content =>
  rate === undefined || rate.mean === null
    ? NOT_AVAILABLE
    : html`${formatNumber(rate.mean, 2)} <small>${formatInterval(rate.ci)}, ${formatCount(rate.combinations)}</small>`;

/** One row for each subject, one column for each arm. */
function renderMatrix<T extends Rate>(
  groups: readonly FailureGroup[],
  plan: Plan,
  {
    caption,
    head,
    rowsOf,
    nameOf,
  }: {
    readonly caption: Html;
    readonly head: string;
    readonly rowsOf: (group: FailureGroup) => readonly T[];
    readonly nameOf: (row: T) => string;
  },
): Html {
  type Row = { readonly name: string; readonly panel: readonly FailureGroup[] };
  const arms = [...new Set(groups.map(({ arm }) => arm))];
  const rateIn = ({ name, panel }: Row, arm: string) =>
    panel
      .filter((group) => group.arm === arm)
      .flatMap(rowsOf)
      .find((row) => nameOf(row) === name);
  return renderTable<Row>({
    caption,
    columns: [
      { head, kind: 'name', cell: ({ name }) => name },
      ...arms.map((arm): Column<Row> => ({ head: arm, cell: (row) => formatRate(rateIn(row, arm)) })),
    ],
    groups: byPanel(groups, plan).map(({ title, arms: panel }) => {
      const names = [...new Set(panel.flatMap((group) => rowsOf(group).map(nameOf)))];
      return { title, rows: names.map((name) => ({ name, panel })) };
    }),
    wide: true,
  });
}

const RATE =
  'By the first grader alone. Mean over combinations, in small its 95\u00a0% interval and the number of combinations; many rows, none corrected for it.';

const skillName = ({ catalog }: Plan, id: string): string =>
  catalog.skills.find((skill) => skill.id === id)?.name ?? id;
const topicName = ({ catalog }: Plan, id: string): string =>
  catalog.topics.find((topic) => topic.id === id)?.name ?? id;

const renderSkills = (groups: readonly FailureGroup[], plan: Plan): Html =>
  renderMatrix(groups, plan, {
    caption: html`<b>How often each skill earns its point</b>, by arm. ${RATE}`,
    head: 'skill',
    rowsOf: ({ skills }) => skills,
    nameOf: ({ skill }) => skillName(plan, skill),
  });

/** For the arm with most training; `failures.json` has those of the other arms. */
function renderCompany(groups: readonly FailureGroup[], plan: Plan): Html {
  type Row = FailureGroup['skills'][number];
  const { largest, base } = keyArmsOf(plan);
  const arm = largest?.id ?? base?.id ?? groups[0]?.arm;
  const own = groups.filter((group) => group.arm === arm);
  const others = [
    ...new Set(own.flatMap(({ skills }) => skills.flatMap(({ company }) => company.map((row) => row.others)))),
  ];
  return renderTable<Row>({
    caption: html`<b>Skills by company</b>, arm ${arm ?? 'none'}: beside how many other skills. ${RATE}`,
    columns: [
      { head: 'skill', kind: 'name', cell: ({ skill }) => skillName(plan, skill) },
      ...others
        .sort((a, b) => a - b)
        .map((count): Column<Row> => ({
          head: count === 0 ? 'alone' : `with ${count}`,
          cell: ({ company }) => formatRate(company.find((row) => row.others === count)),
        })),
    ],
    groups: perArm(own, plan, ({ skills }) => [...skills]),
    wide: true,
  });
}

const renderPairs = ({ pairs, minimum }: FailureDescription['coFailures'], plan: Plan): Html =>
  renderTable<CoFailure>({
    caption: html`<b>Skills that fail together</b>, by lift: texts where both fail, over what their own rates in the
      same student, arm, setting and k would give if they were independent; by the first grader alone, without
      intervals. Only pairs with at least ${minimum.texts} texts, ${minimum.combinations} combinations and
      ${minimum.expected} expected. The largest of many lifts are large by chance, too.`,
    columns: [
      { head: 'skills', kind: 'name', cell: ({ skills }) => skills.map((id) => skillName(plan, id)).join(' + ') },
      { head: 'lift', cell: ({ lift }) => formatNumber(lift, 2) },
      { head: 'both fail', cell: ({ bothFailed }) => formatCount(bothFailed) },
      { head: 'expected', cell: ({ expected }) => formatNumber(expected, 1) },
      { head: 'texts', cell: ({ texts }) => formatCount(texts) },
      { head: 'combinations', cell: ({ combinations }) => formatCount(combinations) },
    ],
    groups: [{ rows: pairs }],
    empty: `No pair of skills has ${minimum.texts} texts, ${minimum.combinations} combinations and ${minimum.expected} expected.`,
  });

const renderCategories = (groups: readonly FailureGroup[], plan: Plan): Html =>
  renderMatrix(groups, plan, {
    caption: html`<b>Skill points by category</b> and arm. ${RATE}`,
    head: 'category',
    rowsOf: ({ categories }) => categories,
    nameOf: ({ category }) => plan.catalog.categories[category]?.name ?? category,
  });

const renderTopics = (groups: readonly FailureGroup[], plan: Plan): Html =>
  renderMatrix(groups, plan, {
    caption: html`<b>Full marks by topic</b> and arm, over texts. ${RATE}`,
    head: 'topic',
    rowsOf: ({ topics }) => topics,
    nameOf: ({ topic }) => topicName(plan, topic),
  });

function renderLength(groups: readonly FailureGroup[], plan: Plan): Html {
  type Row = FailureGroup['length'][number] & { readonly arm: string };
  return renderTable<Row>({
    caption: html`<b>Words in a text</b>, with full marks and without, by the first grader alone. Correlation:
      Pearson’s, of words and full marks over texts, without intervals.`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      { head: 'k', cell: ({ k }) => k },
      { head: 'texts', cell: ({ texts }) => formatCount(texts) },
      { head: 'words', cell: ({ meanWords }) => formatNumber(meanWords, 1) },
      { head: 'full marks', cell: ({ withFullMarks }) => formatNumber(withFullMarks, 1) },
      { head: 'without', cell: ({ without }) => formatNumber(without, 1) },
      { head: 'correlation', cell: ({ correlation }) => formatNumber(correlation, 2) },
    ],
    groups: perArm(groups, plan, ({ arm, length }) => length.map((row) => ({ ...row, arm }))),
  });
}

const renderLeakage = (groups: readonly FailureGroup[], plan: Plan): Html =>
  renderTable<FailureGroup>({
    caption: html`<b>Skills that the text names</b> and those that it does not: how often the grader gives the point,
      before any deduction for names. ${RATE}`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      { head: 'named', cell: ({ leakage }) => formatRate(leakage.named) },
      { head: 'not named', cell: ({ leakage }) => formatRate(leakage.unnamed) },
    ],
    groups: perArm(groups, plan, (group) => [group]),
  });

function renderExposure(groups: readonly FailureGroup[], plan: Plan): Html {
  type Row = ExposureFigure & { readonly arm: string };
  const figures = ({ metrics }: ExposureFigure['all']): string =>
    [metrics.fullMarks, metrics.allSkills, metrics.skillFraction].map((value) => formatNumber(value, 2)).join(' / ');
  return renderTable<Row>({
    caption: html`<b>All combinations, and those whose skill set the arm was never trained on.</b> Full marks / all
      skills / skill fraction, scored as the cells are, by the first grader alone; for intervals of “all” see “Every
      cell”.`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ arm }) => arm },
      { head: 'k', cell: ({ k }) => k },
      { head: 'combinations', cell: ({ all }) => formatCount(all.combinations) },
      { head: 'all', cell: ({ all }) => figures(all) },
      { head: 'unseen', cell: ({ unseen }) => formatCount(unseen.combinations) },
      { head: 'unseen alone', cell: ({ unseen }) => figures(unseen) },
    ],
    groups: perArm(groups, plan, ({ arm, exposure }) => exposure.map((row) => ({ ...row, arm }))),
    empty: 'No arm was trained.',
  });
}

/** Longer texts are cut in the report; `failures.json` has them whole. */
const SHOWN = 600;
const clip = (text: string): string => {
  const characters = [...text];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')} […]` : text;
};

const renderExamples = (examples: readonly FailureExample[], plan: Plan): Html =>
  renderTable<FailureExample>({
    caption: html`<b>Texts that fail</b>, up to three of each signature, drawn by the study’s seed.`,
    columns: [
      { head: 'signature', kind: 'name', cell: ({ signature }) => signature },
      { head: 'text', kind: 'text', cell: ({ text }) => html`<q>${clip(text)}</q>` },
      {
        head: 'asked for',
        kind: 'text',
        cell: ({ skills, topic }) => `${topicName(plan, topic)}: ${skills.map((id) => skillName(plan, id)).join(', ')}`,
      },
      {
        head: 'of',
        kind: 'text',
        cell: ({ student, arm, setting, combination, generation }) =>
          `${student}, arm ${arm}, ${nameSetting(plan, setting)}, no. ${combination}.${generation}`,
      },
    ],
    groups: [{ rows: examples }],
    empty: 'No text below full marks shows a signature.',
  });
