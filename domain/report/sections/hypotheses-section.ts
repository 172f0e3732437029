/** The tests that were frozen in the plan, each under every grader; and whether gains carry over to held-out skills. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Conclusion, Gain, HypothesisResult, Results, UnderGrader } from '../../../contracts/results.ts';
import {
  countOf,
  formatCount,
  formatDifference,
  formatInterval,
  formatNumber,
  joinWords,
  NOT_AVAILABLE,
} from '../page/format.ts';
import { nameSetting, type Layout } from '../page/layout.ts';
import { type Content, type Html, renderDetails, renderTable } from '../page/markup.ts';
import { METRIC_NAMES } from '../page/metric-names.ts';

export function renderHypotheses(results: Results, plan: Plan, layout: Layout): Html {
  const hypotheses = results.hypotheses ?? [];
  if (hypotheses.length === 0)
    return html`<p class="empty">The study file announces no hypothesis: every difference below is exploratory.</p>`;
  return html`${renderTests(hypotheses, plan, layout)} ${renderGraders(hypotheses, layout)}
  ${renderDetails('How sure: other intervals, and the skill that matters most', renderIntervals(hypotheses, plan, layout))}`;
}

const titleOf = ({ id, student }: HypothesisResult, { severalStudents }: Layout): string =>
  severalStudents ? `${id} (${student})` : id;

const RELATIONS = { 'two-sided': '≠', greater: '>', less: '<' } as const;

function claimOf(
  { arm, against, alternative, margin, metric, k, setting, grader }: HypothesisResult,
  plan: Plan,
): string {
  const relation = margin === null ? RELATIONS[alternative] : `= (within ${margin})`;
  return `${arm} ${relation} ${against}: ${METRIC_NAMES[metric].toLowerCase()}, k = ${joinWords(k)}, ${nameSetting(plan, setting)}, grader ${grader}`;
}

const renderTests = (hypotheses: readonly HypothesisResult[], plan: Plan, layout: Layout): Html =>
  renderTable<HypothesisResult>({
    caption: html`<b>Hypotheses frozen in the plan,</b> before the first call of this study; no plan can show what was
      known before it from other studies. Paired tests on the same combinations, each by the grader it names: signs
      permuted (margin: two one-sided tests); p after Holm over all ${countOf(hypotheses.length, 'test')} of this table,
      intervals each by itself. ${trainingNote(hypotheses)}`,
    columns: [
      { head: 'hypothesis', kind: 'name', cell: (row) => titleOf(row, layout) },
      { head: 'claim', kind: 'text', cell: (row) => claimOf(row, plan) },
      { head: 'difference', cell: ({ difference }) => formatDifference(difference, 3) },
      { head: '95\u00a0% interval', cell: ({ ci }) => formatInterval(ci) },
      { head: 'pairs', cell: ({ pairs }) => formatCount(pairs) },
      { head: 'p', cell: ({ p }) => formatP(p) },
      { head: 'p after Holm', cell: ({ adjusted }) => formatP(adjusted) },
      { head: 'verdict', kind: 'text', cell: verdictOf },
    ],
    groups: [{ rows: hypotheses }],
  });

function trainingNote(hypotheses: readonly HypothesisResult[]): string {
  const once = hypotheses.some(({ trainings }) => trainings === 1);
  return once
    ? 'Each arm was trained once: intervals and tests exclude training variance.'
    : 'Tests and normal intervals exclude training variance; the resampled intervals below include it.';
}

const formatP = (p: number | null): string => (p !== null && p < 0.001 ? '< 0.001' : formatNumber(p, 3));

function verdictOf({ upheld, margin, difference }: HypothesisResult): string {
  if (upheld === null || difference === null) return NOT_AVAILABLE;
  if (margin !== null) return upheld ? 'equivalent' : 'not shown to be equivalent';
  if (!upheld) return 'not told apart';
  return difference > 0 ? 'above' : 'below';
}

const CONCLUSIONS: Readonly<Record<Conclusion, string>> = {
  ...{ above: 'above', below: 'below', equivalent: 'equivalent', open: 'open' },
};

interface GraderRow extends UnderGrader {
  readonly hypothesis: HypothesisResult;
}

function renderGraders(hypotheses: readonly HypothesisResult[], layout: Layout): Html {
  const rowsOf = (hypothesis: HypothesisResult): GraderRow[] =>
    hypothesis.graders.map((under) => ({ ...under, hypothesis }));
  return renderTable<GraderRow>({
    caption: html`<b>Does each conclusion survive another grader?</b> Graders whose model neither wrote nor chose the
      training texts come first; that two graders differ in model does not make their rules different. Conclusions here
      are those of the 95 % interval alone, without Holm.`,
    columns: [
      { head: 'grader', kind: 'name', cell: ({ grader }) => grader },
      { head: 'wrote or chose training texts', kind: 'text', cell: ({ independent }) => (independent ? 'no' : 'yes') },
      { head: 'difference', cell: ({ difference }) => formatDifference(difference, 3) },
      { head: '95\u00a0% interval', cell: ({ ci }) => formatInterval(ci) },
      { head: 'pairs', cell: ({ pairs }) => formatCount(pairs) },
      {
        head: 'conclusion',
        kind: 'text',
        cell: ({ conclusion }) => (conclusion ? CONCLUSIONS[conclusion] : NOT_AVAILABLE),
      },
      { head: 'as under its own', kind: 'text', cell: survives },
    ],
    groups: hypotheses.map((hypothesis) => ({ title: titleOf(hypothesis, layout), rows: rowsOf(hypothesis) })),
  });
}

function survives({ grader, conclusion, hypothesis }: GraderRow): string {
  if (grader === hypothesis.grader) return 'its own grader';
  const own = hypothesis.graders.find((under) => under.grader === hypothesis.grader)?.conclusion ?? null;
  if (own === null || conclusion === null) return NOT_AVAILABLE;
  return own === conclusion ? 'yes' : 'no';
}

const renderIntervals = (hypotheses: readonly HypothesisResult[], plan: Plan, layout: Layout): Html =>
  renderTable<HypothesisResult>({
    caption: html`<b>The same differences with wider intervals,</b> each by its own grader. 95 % intervals with
      combinations drawn again (with several trainings: those too); with skills and topics drawn again, for statements
      on other skills and topics; and the difference without the one skill whose combinations move it most.`,
    columns: [
      { head: 'hypothesis', kind: 'name', cell: (row) => titleOf(row, layout) },
      { head: 'standard error', cell: ({ se }) => formatNumber(se, 3) },
      { head: 'combinations drawn again', cell: ({ bootstrap }) => formatInterval(bootstrap) },
      { head: 'skills and topics drawn again', cell: ({ crossed }) => formatInterval(crossed) },
      { head: 'without the skill that matters most', cell: (row) => influenceOf(row, plan) },
      { head: 'trainings', cell: ({ trainings }) => (trainings === 0 ? 'none' : formatCount(trainings)) },
    ],
    groups: [{ rows: hypotheses }],
  });

function influenceOf({ influence }: HypothesisResult, { catalog }: Plan): Content {
  if (influence === null) return NOT_AVAILABLE;
  const name = catalog.skills.find(({ id }) => id === influence.skill)?.name ?? influence.skill;
  return html`${formatDifference(influence.without, 3)}<br /><small
      >without ${name}, ${countOf(influence.pairs, 'pair')}</small
    >`;
}

/** The average over k, and each k folded away. */
export function renderGains({ gains = [] }: Results, layout: Layout): Html {
  const pooled = gains.filter(({ k }) => k.length > 1);
  const single = gains.filter(({ k }) => k.length === 1);
  return html`${renderGainTable(pooled.length > 0 ? pooled : single, layout)}
  ${pooled.length > 0 ? renderDetails('The same at each k', renderGainTable(single, layout)) : ''}`;
}

const gainCaption = (rows: readonly Gain[]): Html =>
  html`<b>Gain on held-out skills less gain on train skills,</b> over the untrained student, in full
    marks${rows.some(({ k }) => k.length > 1) ? ', averaged over k' : ' at each k'}, over all pairs of combinations.
    Exploratory: nothing corrects for ${countOf(rows.length, 'row')}. Equivalent: within ± ${rows[0]?.margin ?? 0} by
    two one-sided tests at 5 %; open: neither that nor a 95 % interval without 0. The two sides differ in their skills
    and topics, and no gain is larger than what the untrained student leaves.`;

/**
 * What interval and test say together: the gain carries over in full, falls behind, exceeds, or none of it is shown.
 */
function concludeGain({ equivalent, ci, margin }: Gain): string {
  if (equivalent) return `equivalent, within ${margin}`;
  if (ci === null) return NOT_AVAILABLE;
  if (ci[1] < 0) return 'less on held-out';
  return ci[0] > 0 ? 'more on held-out' : 'open';
}

const renderGainTable = (rows: readonly Gain[], { severalStudents }: Layout): Html =>
  renderTable<Gain>({
    caption: gainCaption(rows),
    columns: [
      { head: 'arm \u2212 against', kind: 'name', cell: ({ arm, against }) => `${arm} \u2212 ${against}` },
      ...(severalStudents ? [{ head: 'student', kind: 'text' as const, cell: ({ student }: Gain) => student }] : []),
      { head: 'grader', kind: 'text', cell: ({ grader }) => grader },
      { head: 'k', cell: ({ k }) => joinWords(k) },
      { head: 'held-out', cell: ({ heldOut }) => formatDifference(heldOut, 3) },
      { head: 'train', cell: ({ train }) => formatDifference(train, 3) },
      { head: 'difference', cell: ({ difference }) => formatDifference(difference, 3) },
      { head: '95\u00a0% interval', cell: ({ ci }) => formatInterval(ci) },
      { head: 'p (margin)', cell: ({ p }) => formatP(p) },
      { head: 'conclusion', kind: 'text', cell: concludeGain },
    ],
    groups: [{ rows }],
    empty: 'The study has no untrained arm, or not both sides.',
  });
