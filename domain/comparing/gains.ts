/** Compares what training gains on held-out skills with what it gains on train skills. */
import type { Plan } from '../../contracts/plan.ts';
import type { Gain, Metric } from '../../contracts/results.ts';
import { isTrained } from '../../contracts/study.ts';
import { testEquivalence } from '../statistics/equivalence.ts';
import { carefulError, mean, Z95 } from '../statistics/statistics.ts';
import { knownOf, pairArms, type ScoreTable } from './score-table.ts';

const LEVEL = 0.05;

/** Gains over the untrained student on both sides at one k. */
interface AtK {
  readonly k: number;
  readonly heldOut: number;
  readonly train: number;
  readonly variance: number;
}

/**
 * For each student, grader and trained arm: the gain over the first untrained arm on held-out skills less that on train
 * skills, for each k and averaged over k. The two sides have different combinations, so that their variances add; the
 * values of k are chosen, not drawn, so that only combinations count as chance.
 */
export function compareGains(tables: readonly ScoreTable[], plan: Plan, metric: Metric = 'fullMarks'): Gain[] {
  const { arms, students, graders, evaluation, analysis } = plan.science;
  const base = arms.find((arm) => !isTrained(arm));
  const [train, heldOut] = (['train', 'held-out'] as const).map(
    (side) => evaluation.settings.find(({ skills, topics }) => skills === side && topics === side)?.id,
  );
  if (!base || train === undefined || heldOut === undefined) return [];
  return students.flatMap(({ id: student }) =>
    graders.flatMap(({ id: grader }) =>
      arms.filter(isTrained).flatMap(({ id: arm }) => {
        const own = tables.filter(
          (table) => table.student === student && table.grader === grader && table.metric === metric,
        );
        const atKs = evaluation.k.flatMap((k) => gainsAt(own, { k, train, heldOut, arm, against: base.id }));
        const rows = atKs.length > 1 ? [...atKs.map((atK) => [atK]), atKs] : atKs.map((atK) => [atK]);
        const names = { student, arm, against: base.id, grader, metric, margin: analysis.gainMargin };
        return rows.map((row) => ({ ...names, ...summariseGains(row, analysis.gainMargin) }));
      }),
    ),
  );
}

interface Place {
  readonly k: number;
  readonly train: string;
  readonly heldOut: string;
  readonly arm: string;
  readonly against: string;
}

/** Empty where either side has fewer than two pairs. */
function gainsAt(tables: readonly ScoreTable[], { k, train, heldOut, arm, against }: Place): AtK[] {
  const gainOn = (setting: string) => {
    const paired = pairArms(
      tables.filter((table) => table.k === k && table.setting === setting),
      arm,
      against,
    );
    const known = knownOf(paired?.differences ?? []);
    return { gain: mean(known), error: carefulError(known, [-1, 1]) };
  };
  const [ours, theirs] = [gainOn(heldOut), gainOn(train)];
  if (ours.gain === null || ours.error === null || theirs.gain === null || theirs.error === null) return [];
  return [{ k, heldOut: ours.gain, train: theirs.gain, variance: ours.error ** 2 + theirs.error ** 2 }];
}

type Summary = Pick<Gain, 'k' | 'heldOut' | 'train' | 'difference' | 'se' | 'ci' | 'p' | 'equivalent'>;

function summariseGains(atKs: readonly AtK[], margin: number): Summary {
  const averageOf = (values: readonly number[]): number => mean(values) ?? 0;
  const heldOut = averageOf(atKs.map((atK) => atK.heldOut));
  const train = averageOf(atKs.map((atK) => atK.train));
  const difference = heldOut - train;
  const se = Math.sqrt(averageOf(atKs.map(({ variance }) => variance)) / atKs.length);
  const p = testEquivalence(difference, se, margin);
  return {
    k: atKs.map(({ k }) => k),
    ...{ heldOut, train, difference, se, p },
    ci: [Math.max(-2, difference - Z95 * se), Math.min(2, difference + Z95 * se)],
    equivalent: p < LEVEL,
  };
}
