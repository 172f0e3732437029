/** Differences between arms on the same combinations: which arm is compared with which, and by how much they differ. */
import type { Plan } from '../../contracts/plan.ts';
import type { Comparison } from '../../contracts/results.ts';
import { isTrained, type Arm, type TrainedArm } from '../../contracts/study.ts';
import { randomStream } from '../basics/random.ts';
import { summarise } from '../statistics/statistics.ts';
import { makeResampler, type Resampler } from './bootstrap.ts';
import { mostInfluentialSkill } from './influence.ts';
import { knownOf, pairArms, type ScoreTable } from './score-table.ts';

export interface Contrast {
  readonly arm: string;
  readonly against: string;
}

/**
 * The default contrasts: every trained arm against every untrained one and against the first arm trained on k = 1
 * alone; further untrained arms against the first; the largest cumulative arm (k = 1..n) against the next one.
 */
export function defaultContrasts(arms: readonly Arm[]): Contrast[] {
  const trained = arms.filter(isTrained);
  const untrained = arms.filter((arm) => !isTrained(arm));
  const [base] = untrained;
  const single = trained.find((arm) => cumulativeUpTo(arm) === 1);
  const against = (arm: Arm, other: Arm | undefined): Contrast[] =>
    other && arm.id !== other.id ? [{ arm: arm.id, against: other.id }] : [];
  const all = [
    ...trained.flatMap((arm) => untrained.flatMap((other) => against(arm, other))),
    ...untrained.flatMap((arm) => against(arm, base)),
    ...trained.flatMap((arm) => against(arm, single)),
    ...largestAgainstNext(trained),
  ];
  return [...new Map(all.map((contrast) => [`${contrast.arm} - ${contrast.against}`, contrast])).values()];
}

/** n for an arm that takes k = 1, 2, ..., n and nothing else; undefined for other arms. */
function cumulativeUpTo({ take }: TrainedArm): number | undefined {
  // Keys that are whole numbers come in rising order.
  const ks = Object.keys(take).map(Number);
  return ks.every((k, index) => k === index + 1) ? ks.length : undefined;
}

function largestAgainstNext(trained: readonly TrainedArm[]): Contrast[] {
  const sizes = trained.map((arm) => cumulativeUpTo(arm) ?? 0);
  const [largest = 0, next = 0] = [...new Set(sizes)].sort((a, b) => b - a);
  const arm = trained[sizes.indexOf(largest)];
  const against = trained[sizes.indexOf(next)];
  return arm && against && next > 0 ? [{ arm: arm.id, against: against.id }] : [];
}

export interface CompareInput {
  readonly tables: readonly ScoreTable[];
  readonly plan: Plan;
  /** The plan's hash: the same plan and scores give the same draws. */
  readonly hash: string;
  readonly contrasts?: readonly Contrast[];
}

/**
 * Paired by combination within each table. Replicates are averaged per combination first; the combinations of all
 * partitions are pooled. A combination without a score on either side makes no pair.
 */
export function compareArms({ tables, plan, hash, contrasts }: CompareInput): Comparison[] {
  const asked = contrasts ?? defaultContrasts(plan.science.arms);
  const rows = new Map<ScoreTable, Comparison[]>();
  for (const alike of groupByList(tables)) {
    const [{ combinations, setting, k }] = alike;
    const resampler = makeResampler(combinations, randomStream(plan.science.seed, 'bootstrap', hash, setting, k));
    for (const table of alike) rows.set(table, compareTable(table, asked, resampler));
  }
  return tables.flatMap((table) => rows.get(table) ?? []);
}

type Group = [ScoreTable, ...ScoreTable[]];

/** Tables on the same combinations: graders and students share them, so that one set of draws serves all. */
function groupByList(tables: readonly ScoreTable[]): Group[] {
  const groups = new Map<string, Group>();
  for (const table of tables) {
    const key = JSON.stringify([table.setting, table.k, table.combinations.length]);
    const group = groups.get(key);
    if (group) group.push(table);
    else groups.set(key, [table]);
  }
  return [...groups.values()];
}

function compareTable(table: ScoreTable, contrasts: readonly Contrast[], resampler: Resampler): Comparison[] {
  const { student, k, setting, grader, metric } = table;
  return contrasts.flatMap(({ arm, against }) => {
    const paired = pairArms([table], arm, against);
    if (!paired) return [];
    const known = knownOf(paired.differences);
    const { mean: difference, se, ci } = summarise(known, [-1, 1]);
    return {
      ...{ student, arm, against, k, setting, grader, metric, pairs: known.length, difference, se, ci },
      ...resampler.resample(paired),
      influence: mostInfluentialSkill(paired),
    };
  });
}
