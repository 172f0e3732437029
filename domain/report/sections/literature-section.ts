/** A study's own figures beside published ones, with what differs: context, never a comparison. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { PublishedFigures } from '../../../contracts/reference/published-figures.ts';
import type { Cell, PublishedMetric, Results } from '../../../contracts/results.ts';
import { isTrained } from '../../../contracts/study.ts';
import { switchesOf } from '../../scoring/score-items.ts';
import { mean } from '../../statistics/statistics.ts';
import { formatNumber, joinWords, NOT_AVAILABLE } from '../page/format.ts';
import { keyArmsOf, nameSetting, settingOn, type Layout } from '../page/layout.ts';
import { type Column, type Html, renderList, renderTable } from '../page/markup.ts';

type Means = Readonly<Record<PublishedMetric, number | null>>;
type Table = PublishedFigures['tables'][number];

interface Row {
  readonly name: string;
  readonly at: (k: number) => Means | undefined;
}

export function renderLiterature(published: PublishedFigures, plan: Plan, results: Results, layout: Layout): Html {
  const own = ownRows(plan, results, layout);
  return html`<p><b>Context, not a comparison.</b> ${published.note}</p>
    ${published.tables.map((table) => renderFigures(table, own, layout))}
    ${published.headlines.length > 0 ? renderHeadlines(published, plan, results, layout) : ''}
    <p>What differs here:</p>
    ${renderList(differencesOf(plan))}`;
}

function renderFigures({ title, protocol, source, rows }: Table, own: readonly Row[], layout: Layout): Html {
  const published = rows.map(({ student, k }): Row => ({ name: student, at: (value) => k[String(value)] }));
  const ks = [...new Set([...rows.flatMap(({ k }) => Object.keys(k).map(Number)), ...layout.ks])].sort((a, b) => a - b);
  return renderTable<Row>({
    caption: html`<b>${title}</b> beside this study, not comparable. Full marks / all skills / skill fraction.
      Published: ${protocol} ${sourceOf(source)} This study: grader ${layout.graders[0] ?? 'none'}, scored as the
      published table where the study has that, else in its own way; replicates and partitions averaged.`,
    columns: [
      { head: 'student', kind: 'name', cell: ({ name }) => name },
      ...ks.map((k): Column<Row> => ({ head: `k = ${k}`, cell: ({ at }) => formatMeans(at(k)) })),
    ],
    groups: [
      { title: 'Published', rows: published },
      { title: 'This study: own skills and prompts', rows: own },
    ],
    wide: true,
  });
}

/** Addresses are written out, because the page links to nothing outside itself. */
const sourceOf = ({ title, url, checked }: Table['source']): Html =>
  html`Source: ${title}, <code>${url}</code>${checked === 'quoted' ? ', as quoted elsewhere, not verified' : ''}.`;

const formatMeans = (means: Means | undefined): string =>
  means
    ? [means.fullMarks, means.allSkills, means.skillFraction].map((value) => formatNumber(value, 2)).join(' / ')
    : NOT_AVAILABLE;

/** The base and the arm with most training, of every student in every setting, by the first grader. */
function ownRows(plan: Plan, { cells }: Results, { students, settings, graders }: Layout): Row[] {
  const { base, largest } = keyArmsOf(plan);
  return students.flatMap((student) =>
    settings.flatMap((setting) =>
      [base, largest].flatMap((arm) => {
        const own = cells.filter(
          (cell) =>
            cell.student === student && cell.setting === setting && cell.arm === arm?.id && cell.grader === graders[0],
        );
        if (!arm || own.length === 0) return [];
        const name = `${student}, arm ${arm.id}, ${nameSetting(plan, setting)}`;
        return [{ name, at: (k: number) => meansOf(own.filter((cell) => cell.k === k)) }];
      }),
    ),
  );
}

function meansOf(cells: readonly Cell[]): Means | undefined {
  if (cells.length === 0) return undefined;
  const average = (metric: PublishedMetric): number | null =>
    mean(
      cells.flatMap(({ variants, metrics }) => {
        const value = (variants?.leaderboard ?? metrics)[metric].mean;
        return value === null ? [] : [value];
      }),
    );
  return {
    fullMarks: average('fullMarks'),
    allSkills: average('allSkills'),
    skillFraction: average('skillFraction'),
  };
}

function renderHeadlines({ headlines }: PublishedFigures, plan: Plan, results: Results, layout: Layout): Html {
  return renderList(
    headlines.map(({ statement, source, student, k, skills, fullMarks }) => {
      const own = ownFullMarks(plan, results, layout, { k, setting: settingOn(plan, skills) });
      return html`<b>${student}, k = ${k}, ${skills} skills:</b> full marks ${formatNumber(fullMarks.before, 2)} before
        and ${formatNumber(fullMarks.after, 2)} after. ${statement} ${sourceOf(source)} This study, same k and side:
        ${own}.`;
    }),
  );
}

function ownFullMarks(
  plan: Plan,
  { cells }: Results,
  { students, graders }: Layout,
  { k, setting }: { k: number; setting: string | undefined },
): string {
  const { base, largest } = keyArmsOf(plan);
  const of = (student: string, arm: string | undefined): string => {
    const same = cells.filter(
      (cell) =>
        cell.student === student &&
        cell.arm === arm &&
        cell.grader === graders[0] &&
        cell.k === k &&
        cell.setting === setting,
    );
    return formatNumber(mean(same.flatMap(({ metrics }) => metrics.fullMarks.mean ?? [])), 2);
  };
  return students
    .map(
      (id) =>
        `${id} ${of(id, base?.id)} (arm ${base?.id ?? 'none'}) and ${of(id, largest?.id)} (arm ${largest?.id ?? 'none'})`,
    )
    .join('; ');
}

function differencesOf(plan: Plan): string[] {
  const { science, catalog } = plan;
  const { deductNames, commonSkills, sentences } = switchesOf(plan);
  const { generations, gradings, aggregate } = science.evaluation;
  const trained = science.arms.filter(isTrained).map(({ id }) => id);
  return [
    `Skills, topics and prompts: catalog ${catalog.name}, prompts ${catalog.prompts.id} version ${catalog.prompts.version}.`,
    `Graders: ${joinWords(science.graders.map(({ model }) => model))}.`,
    `Students: ${joinWords(science.students.map(({ id }) => id))}${trained.length > 0 ? `; trained arms ${trained.join(' and ')}` : ''}.`,
    `Texts: ${generations} to a combination, ${gradings} gradings each; ${aggregate.gradings} over gradings, ${aggregate.generations} over generations.`,
    `The study’s own scoring: names ${deductNames === 'off' ? 'not deducted' : 'deducted'}, common skills ${commonSkills}, sentences counted by ${sentences}.`,
  ];
}
