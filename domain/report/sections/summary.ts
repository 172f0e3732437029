/** The paragraph at the top: what the figures say and no more, each contrast with its interval and its grader. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Comparison, Results } from '../../../contracts/results.ts';
import { isTrained } from '../../../contracts/study.ts';
import {
  countOf,
  formatCount,
  formatDifference,
  formatNumber,
  formatShare,
  joinWords,
  NOT_AVAILABLE,
} from '../page/format.ts';
import { keyArmsOf, nameSetting, type Layout, settingOn } from '../page/layout.ts';
import type { Html } from '../page/markup.ts';
import { summarize } from './figures.ts';

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

/** An arm compared with another; `found` is null where the results have no such comparison. */
interface Contrast extends Place {
  readonly student: string;
  readonly arm: string;
  readonly against: string;
  readonly grader: string;
  readonly found: Pick<Comparison, 'difference' | 'ci' | 'pairs'> | null;
}

/**
 * Train skills at the largest k. Held-out skills at k = 3 (or the nearest that the study has) and at the largest k too,
 * so that the summary does not rest on one favourable k.
 */
function placesOf(plan: Plan, ks: readonly number[]): Place[] {
  const train = settingOn(plan, 'train');
  const heldOut = settingOn(plan, 'held-out');
  const largest = ks.at(-1);
  const third = ks.filter((k) => k <= 3).at(-1) ?? ks[0];
  return [
    ...(train !== undefined && largest !== undefined ? [{ setting: train, k: largest }] : []),
    ...(heldOut === undefined
      ? []
      : [...new Set([third, largest])].flatMap((k) => (k === undefined ? [] : [{ setting: heldOut, k }]))),
  ];
}

function contrastsOf({ plan, results, layout }: SummaryInput): Contrast[] {
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
  const { mean, low, high } = summarize(cells, 'fullMarks');
  const share = (value: number | null): string => formatNumber(value === null ? null : value * 100, 1);
  const interval = cells.length === 1 ? ` (95\u00a0% interval ${share(low)} to ${share(high)})` : '';
  const earned = mean === null ? `has no score (${NOT_AVAILABLE})` : `scores ${formatShare(mean, 1)}${interval}`;
  return `at k = ${first.k} on ${nameSetting(plan, first.setting)} it ${earned}: ${joinWords(contrasts.map(phraseContrast))}`;
}

const placeOf = ({ setting, k }: Place): string => `${setting} ${k}`;

function phraseStudent(input: SummaryInput, student: string): string {
  const { layout } = input;
  const own = contrastsOf(input).filter((row) => row.student === student);
  const said = own.filter((row) => row.grader === layout.graders[0]);
  const [first] = said;
  if (!first) return '';
  const places = [...new Set(said.map(placeOf))].map((place) =>
    phrasePlace(
      input,
      said.filter((row) => placeOf(row) === place),
    ),
  );
  const whose = layout.severalStudents ? ` of ${student}` : '';
  const others = layout.graders.slice(1).map((grader) =>
    phraseGrader(
      input,
      said,
      own.filter((row) => row.grader === grader),
    ),
  );
  return [
    `Full marks of arm ${first.arm}${whose} by grader ${first.grader}: ${places.join('; ')}.`,
    phraseStatus(input, said),
    ...others,
  ].join(' ');
}

/** Which of the contrasts are hypotheses of the plan, and over how many pairs they are computed. */
function phraseStatus({ results }: SummaryInput, said: readonly Contrast[]): string {
  const keys = ['student', 'arm', 'against', 'grader', 'setting'] as const;
  const announced = said.filter(({ k, ...row }) =>
    (results.hypotheses ?? []).some(
      (test) =>
        test.metric === 'fullMarks' && test.k.join() === String(k) && keys.every((key) => test[key] === row[key]),
    ),
  );
  const pairs = [...new Set(said.flatMap(({ found }) => found?.pairs ?? []))].sort((a, b) => a - b);
  const over = pairs.length === 0 ? '' : ` (${pairs.map(formatCount).join(' or ')} pairs of combinations each)`;
  return `Of these ${countOf(said.length, 'difference')}${over} ${phraseAnnounced(announced.length, said.length)}.`;
}

const phraseAnnounced = (announced: number, said: number): string => {
  if (announced === said) return 'all are hypotheses of the plan';
  const first =
    announced === 0
      ? 'none is a hypothesis of the plan: they'
      : `${announced} ${announced === 1 ? 'is a hypothesis' : 'are hypotheses'} of the plan; the others`;
  return `${first} are exploratory, and nothing corrects for their number`;
};

type Reading = 'above' | 'below' | 'open' | null;

function readingOf({ found }: Contrast): Reading {
  if (!found || found.difference === null || found.ci === null) return null;
  if (found.ci[0] <= 0 && found.ci[1] >= 0) return 'open';
  return found.difference > 0 ? 'above' : 'below';
}

/** Says how many of the contrasts another grader confirms; those that it does not confirm are given in full. */
function phraseGrader({ plan }: SummaryInput, said: readonly Contrast[], own: readonly Contrast[]): string {
  const [first] = own;
  if (!first) return '';
  const other = own.filter((row, index) => readingOf(row) !== readingOf(said[index] ?? row));
  const same = `By grader ${first.grader} ${own.length - other.length} of the ${own.length} read the same`;
  if (other.length === 0) return `${same}.`;
  const differing = other.map((row) => `at k = ${row.k} on ${nameSetting(plan, row.setting)} ${phraseContrast(row)}`);
  return `${same}; otherwise: ${differing.join('; ')}.`;
}

function phraseLimits({ severalPartitions, severalReplicates }: Layout): string {
  const left = [!severalReplicates && 'training again', !severalPartitions && 'another split'].filter(Boolean);
  const rest = left.length === 0 ? '' : `, not ${left.join(' or ')}`;
  return `The intervals cover the choice of combinations${rest}.`;
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
