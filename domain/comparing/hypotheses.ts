/** The tests that a study froze in its plan: computed as announced, corrected as one family. */
import type { Hypothesis } from '../../contracts/hypotheses.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Conclusion, HypothesisResult, UnderGrader } from '../../contracts/results.ts';
import { isTrained } from '../../contracts/study.ts';
import { randomStream } from '../basics/random.ts';
import { modelName } from '../money/spending.ts';
import { testEquivalence } from '../statistics/equivalence.ts';
import { adjustByHolm } from '../statistics/holm.ts';
import { testSigns } from '../statistics/permutation.ts';
import { carefulError, type Summary, summarise } from '../statistics/statistics.ts';
import { makeResampler } from './bootstrap.ts';
import { mostInfluentialSkill } from './influence.ts';
import { knownOf, pairArms, type Paired, type ScoreTable } from './score-table.ts';

const LEVEL = 0.05;

export interface TestInput {
  readonly tables: readonly ScoreTable[];
  readonly plan: Plan;
  /** The plan's hash: the same plan and scores give the same draws. */
  readonly hash: string;
}

/** One result for each hypothesis and student that it is about, in the plan's order. */
export function testHypotheses({ tables, plan, hash }: TestInput): HypothesisResult[] {
  const { hypotheses, students } = plan.science;
  const results = hypotheses.flatMap((hypothesis) =>
    students
      .filter(({ id }) => hypothesis.student === undefined || hypothesis.student === id)
      .map(({ id }) => testHypothesis(hypothesis, id, { tables, plan, hash })),
  );
  const adjusted = adjustByHolm(results.map(({ p }) => p));
  return results.map((result, index) => {
    const p = adjusted[index] ?? null;
    return { ...result, adjusted: p, upheld: p === null ? null : p < LEVEL };
  });
}

function testHypothesis(hypothesis: Hypothesis, student: string, { tables, plan, hash }: TestInput): HypothesisResult {
  const { arm, against, setting, metric } = hypothesis;
  const pair = (grader: string): Paired => {
    const own = tables.filter(
      (table) =>
        table.student === student &&
        table.setting === setting &&
        table.metric === metric &&
        table.grader === grader &&
        hypothesis.k.includes(table.k),
    );
    return pairArms(own, arm, against) ?? { combinations: [], differences: [], trainings: [[], []] };
  };
  const paired = pair(hypothesis.grader);
  const known = knownOf(paired.differences);
  const stream = (use: string) => randomStream(plan.science.seed, use, hash, hypothesis.id, student);
  const { mean: difference, se, ci } = summarise(known, [-1, 1]);
  return {
    ...hypothesis,
    ...{ student, margin: hypothesis.margin ?? null, pairs: known.length, difference, se, ci },
    ...makeResampler(paired.combinations, stream('bootstrap')).resample(paired),
    influence: mostInfluentialSkill(paired),
    trainings: countTrainings(plan, [arm, against]),
    ...testOne(hypothesis, known, stream('permutation')),
    ...{ adjusted: null, upheld: null },
    graders: gradersOf(plan).map(({ id, independent }) => underGrader(hypothesis, id, independent, pair(id))),
  };
}

type Test = Pick<HypothesisResult, 'test' | 'p'>;

function testOne(
  { margin, alternative }: Hypothesis,
  known: readonly number[],
  stream: Parameters<typeof testSigns>[2],
): Test {
  if (margin === undefined) return testSigns(known, alternative, stream) ?? { test: null, p: null };
  const p = equivalenceOf(known, margin);
  return { test: p === null ? null : 'equivalence', p };
}

function equivalenceOf(known: readonly number[], margin: number): number | null {
  const { mean: difference } = summarise(known, [-1, 1]);
  const error = carefulError(known, [-1, 1]);
  return difference === null || error === null ? null : testEquivalence(difference, error, margin);
}

/** Trainings of each trained arm; 0 if neither is trained, as untrained arms add no spread. */
function countTrainings(plan: Plan, ids: readonly string[]): number {
  const trained = plan.science.arms.some((arm) => ids.includes(arm.id) && isTrained(arm));
  return trained ? plan.science.training.replicates.length : 0;
}

/** All graders; those whose model neither wrote nor chose the training texts come first. */
function gradersOf({ science }: Plan): { id: string; independent: boolean }[] {
  const involved = [science.teacher, science.keepGrader].map(modelName);
  const all = science.graders.map((grader) => {
    return { id: grader.id, independent: !involved.includes(modelName(grader)) };
  });
  return [...all.filter(({ independent }) => independent), ...all.filter(({ independent }) => !independent)];
}

function underGrader({ margin }: Hypothesis, grader: string, independent: boolean, paired: Paired): UnderGrader {
  const known = knownOf(paired.differences);
  const summary = summarise(known, [-1, 1]);
  const { mean: difference, ci } = summary;
  const equivalence = margin === undefined ? undefined : equivalenceOf(known, margin);
  const conclusion = equivalence === undefined ? concludeDifference(summary) : concludeEquivalence(equivalence);
  return { grader, independent, pairs: known.length, difference, ci, conclusion };
}

function concludeDifference({ ci }: Summary): Conclusion | null {
  if (ci === null) return null;
  if (ci[0] > 0) return 'above';
  return ci[1] < 0 ? 'below' : 'open';
}

const concludeEquivalence = (p: number | null): Conclusion | null =>
  p === null ? null : p < LEVEL ? 'equivalent' : 'open';
