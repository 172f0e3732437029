/** The paragraph at the top: what the figures say and no more, each contrast with its interval and its grader. */
import { html } from 'hono/html';
import type { Plan } from '../../contracts/plan.ts';
import type { Comparison, Results } from '../../contracts/results.ts';
import { isTrained } from '../../contracts/study.ts';
import { summarize } from './figures.ts';
import { countOf, formatDifference, formatNumber, formatShare, joinWords, NOT_AVAILABLE } from './format.ts';
import type { Html } from './markup.ts';
import { keyArmsOf, nameSetting, type Layout, settingOn } from './layout.ts';

interface SummaryInput {
  readonly plan: Plan;
  readonly results: Results;
  readonly layout: Layout;
}

/** Where a contrast is read: one setting at one k. */
interface Place {
  readonly setting: string;
  readonly k: number;
}

/** An arm against another, and by how much; without a row in the results there is nothing to say. */
interface Contrast extends Place {
  readonly student: string;
  readonly arm: string;
  readonly against: string;
  readonly grader: string;
  readonly found: Pick<Comparison, 'difference' | 'ci' | 'pairs'> | null;
}

/** Train skills at the largest k; held-out skills at k = 3, or the largest below or the smallest there is. */
function placesOf(plan: Plan, ks: readonly number[]): Place[] {
  const train = settingOn(plan, 'train');
  const heldOut = settingOn(plan, 'held-out');
  const largest = ks.at(-1);
  const third = ks.filter((k) => k <= 3).at(-1) ?? ks[0];
  return [
    ...(train !== undefined && largest !== undefined ? [{ setting: train, k: largest }] : []),
    ...(heldOut !== undefined && third !== undefined ? [{ setting: heldOut, k: third }] : []),
  ];
}

export function contrastsOf({ plan, results, layout }: SummaryInput): Contrast[] {
  const { largest, base, single, prompted } = keyArmsOf(plan);
  if (!largest) return [];
  const others = [base, single, ...prompted].filter((arm) => arm !== undefined);
  return layout.students.flatMap((student) =>
    layout.graders.flatMap((grader) =>
      placesOf(plan, layout.ks).flatMap((place) =>
        others.map((other) => {
          const asked = { ...place, student, grader, arm: largest.id, against: other.id };
          return { ...asked, found: findComparison(results, asked) };
        }),
      ),
    ),
  );
}

function findComparison({ comparisons }: Results, asked: Omit<Contrast, 'found'>): Contrast['found'] {
  const keys = ['student', 'arm', 'against', 'grader', 'setting', 'k'] as const;
  const isAsked = (row: Comparison) => row.metric === 'fullMarks' && keys.every((key) => row[key] === asked[key]);
  return comparisons.find(isAsked) ?? null;
}

const inPoints = (value: number): string => formatDifference(value * 100, 1);

/** "43.2 points above arm base": which words are used depends on the interval, never on the difference alone. */
function phraseContrast({ against, found }: Contrast): string {
  if (!found || found.difference === null) return `${NOT_AVAILABLE} against arm ${against} (no paired combinations)`;
  const { difference, ci } = found;
  if (ci === null) return `${inPoints(difference)} points against arm ${against} (interval ${NOT_AVAILABLE})`;
  const interval = `95\u00a0% interval ${inPoints(ci[0])} to ${inPoints(ci[1])}`;
  if (ci[0] <= 0 && ci[1] >= 0) {
    return `not told apart from arm ${against} (difference ${inPoints(difference)} points, ${interval})`;
  }
  const points = formatNumber(Math.abs(difference) * 100, 1);
  return `${points} points ${difference > 0 ? 'above' : 'below'} arm ${against} (${interval})`;
}

/** One place in one sentence: how often the arm earned full marks there, then its contrasts. */
function phrasePlace({ plan, results }: SummaryInput, contrasts: readonly Contrast[]): string {
  const [first] = contrasts;
  if (!first) return '';
  const keys = ['student', 'arm', 'grader', 'setting', 'k'] as const;
  const cells = results.cells.filter((cell) => keys.every((key) => cell[key] === first[key]));
  const { mean } = summarize(cells, 'fullMarks');
  const earned = mean === null ? `has no score (${NOT_AVAILABLE})` : `scores ${formatShare(mean, 1)}`;
  return `at k = ${first.k} on ${nameSetting(plan, first.setting)} it ${earned}: ${joinWords(contrasts.map(phraseContrast))}`;
}

function phraseStudent(input: SummaryInput, student: string): string {
  const { layout } = input;
  const said = contrastsOf(input).filter((row) => row.student === student && row.grader === layout.graders[0]);
  const [first] = said;
  if (!first) return '';
  const places = [...new Set(said.map(({ setting }) => setting))].map((setting) =>
    phrasePlace(
      input,
      said.filter((row) => row.setting === setting),
    ),
  );
  const whose = layout.severalStudents ? ` of ${student}` : '';
  return `Full marks of arm ${first.arm}${whose} by grader ${first.grader}: ${places.join('; ')}.`;
}

function phraseLimits({ severalPartitions, severalReplicates, graders }: Layout): string {
  const left = [!severalReplicates && 'training again', !severalPartitions && 'another split'].filter(Boolean);
  const rest = left.length === 0 ? '' : `, not ${left.join(' or ')}`;
  const others =
    graders.length > 1
      ? ` What ${joinWords(graders.slice(1))} found stands under “Exploratory: differences between arms”.`
      : '';
  return `The intervals cover the choice of combinations${rest}.${others}`;
}

function phraseDesign({ plan, layout }: SummaryInput): string {
  const { arms } = plan.science;
  const trained = arms.filter(isTrained).length;
  return (
    `${layout.severalStudents ? 'Students' : 'Student'} ${joinWords(layout.students)} in ${countOf(arms.length, 'arm')} ` +
    `(${trained} fine-tuned, ${arms.length - trained} untrained), asked to combine k = ${joinWords(layout.ks)} skills ` +
    `from ${joinWords(layout.settings.map((setting) => nameSetting(plan, setting)))}, ` +
    `judged by ${joinWords(layout.graders)}.`
  );
}

export function renderSummary(input: SummaryInput): Html {
  const { layout } = input;
  const students = layout.students.map((student) => phraseStudent(input, student)).filter((text) => text !== '');
  return html`<p class="summary">${[phraseDesign(input), ...students, phraseLimits(layout)].join(' ')}</p>`;
}
