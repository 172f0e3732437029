/**
 * The first sentence of the report: one difference with one interval. Which one is chosen by the plan alone, never by
 * how it came out: the first hypothesis on full marks, otherwise the arm trained on most against the untrained student.
 */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Comparison, Results } from '../../../contracts/results.ts';
import { formatDifference, formatNumber, joinWords } from '../page/format.ts';
import { keyArmsOf, type Layout, nameSetting, settingOn } from '../page/layout.ts';
import type { Html } from '../page/markup.ts';

interface HeadlineInput {
  readonly plan: Plan;
  readonly results: Results;
  readonly layout: Layout;
}

interface Headline extends Pick<
  Comparison,
  'student' | 'arm' | 'against' | 'grader' | 'setting' | 'difference' | 'ci'
> {
  readonly k: readonly number[];
  readonly announced: boolean;
}

/** Tests of equivalence are left to their table: "more than" and "fewer than" do not say what they show. */
function findAnnounced({ results }: HeadlineInput): Headline | undefined {
  const test = results.hypotheses?.find(({ metric, margin }) => metric === 'fullMarks' && margin === null);
  return test && { ...test, announced: true };
}

/** On held-out skills at k = 3, or the nearest smaller k of the study. */
function findExploratory({ plan, results, layout }: HeadlineInput): Headline | undefined {
  const { largest, base } = keyArmsOf(plan);
  const setting = settingOn(plan, 'held-out') ?? layout.settings[0];
  const k = layout.ks.filter((value) => value <= 3).at(-1) ?? layout.ks[0];
  const found = results.comparisons.find(
    (row) =>
      row.metric === 'fullMarks' &&
      row.student === layout.students[0] &&
      row.grader === layout.graders[0] &&
      row.arm === largest?.id &&
      row.against === base?.id &&
      row.setting === setting &&
      row.k === k,
  );
  return found && { ...found, k: [found.k], announced: false };
}

const inHundred = (value: number): string => formatDifference(value * 100, 1);

function phraseDifference({ arm, against, difference, ci }: Headline): string {
  if (difference === null || ci === null) return `arm ${arm} cannot be compared with arm ${against} yet`;
  if (ci[0] <= 0 && ci[1] >= 0) {
    const interval = `95\u00a0% interval ${inHundred(ci[0])} to ${inHundred(ci[1])}`;
    return `arm ${arm} cannot be told apart from arm ${against} (difference ${inHundred(difference)}, ${interval})`;
  }
  // "12 fewer (10 to 14)": the interval is told in the direction of its sentence, low end first.
  const sign = Math.sign(difference);
  const [low = 0, high = 0] = [ci[0] * sign, ci[1] * sign].sort((a, b) => a - b);
  const unsigned = (value: number): string => formatNumber(value * 100, 1);
  return `arm ${arm} earns full marks on ${unsigned(sign * difference)} ${sign > 0 ? 'more' : 'fewer'} than arm ${against} (95\u00a0% interval ${unsigned(low)} to ${unsigned(high)})`;
}

function phrase(input: HeadlineInput, found: Headline): string {
  const { plan, layout } = input;
  const where = nameSetting(plan, found.setting);
  const whose = layout.severalStudents ? `, student ${found.student}` : '';
  return `Of 100 combinations of ${where} at k\u00a0=\u00a0${joinWords(found.k)}, ${phraseDifference(found)}, by grader ${found.grader}${whose}.`;
}

export function renderHeadline(input: HeadlineInput): Html {
  const found = findAnnounced(input) ?? findExploratory(input);
  if (!found) return html`<p class="headline">No difference between arms can be told yet.</p>`;
  const status = found.announced
    ? 'The plan announced this test before the first call.'
    : 'Exploratory: the plan did not announce this difference as a hypothesis.';
  return html`<p class="headline">${phrase(input, found)}</p>
    <p class="status">${status} Full marks: a text shows every skill asked for and earns every other point.</p>`;
}
