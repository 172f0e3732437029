/** A plan in figures, to decide by whether to start it. */
import type { Plan, Science } from '../../contracts/plan.ts';
import type { ModelData } from '../../contracts/reference/model-data.ts';
import { isTrained, type TrainedArm } from '../../contracts/study.ts';
import { omit } from '../basics/omit.ts';
import { expectedExposure } from '../corpus/exposure.ts';
import { endpointHints, type EndpointHint } from '../models/endpoint-hints.ts';
import { otherPrices, type OtherPrice } from '../models/other-prices.ts';
import { refusedParameters, type RefusedParameter } from '../models/refused-parameters.ts';
import { retiredModels, type RetiredModel } from '../models/retired-models.ts';
import { tokenFactors } from '../models/token-factors.ts';
import { unpricedModels } from '../money/spending.ts';
import { judgesAny } from '../rubric/rubric-checks.ts';
import { measurePrecision, type Precision } from '../statistics/power.ts';
import { countLeadingBack, type LeadingBack } from './check-rubric.ts';
import { compareValues, type Difference } from './compare-plans.ts';
import { estimatePlan, exampleLengths, type EstimateRow } from './estimate.ts';

export interface ModelTotal {
  readonly model: string;
  readonly calls: number;
  readonly usd: number | null;
}

export interface CorpusRow {
  readonly partition: number;
  readonly k: number;
  readonly target: number;
  readonly planned: number;
  /** Tokens of a typical training example; `maxLength` is the longest that is trained on whole. */
  readonly exampleTokens: number;
  readonly maxLength: number;
}

export interface ExposureTable {
  /** The arm that takes the most texts. */
  readonly arm: string | null;
  readonly rows: readonly { readonly setting: string; readonly k: number; readonly share: number }[];
}

export interface DifferenceGroup {
  readonly area: string;
  readonly differences: readonly Difference[];
}

/** The part of the rubric that programs decide. */
export interface Checks {
  /** `skill`, or the id of a rubric point, with the kind of its check. */
  readonly points: readonly { readonly point: string; readonly kind: string }[];
  readonly graderAsked: boolean;
  readonly leadingBack: readonly LeadingBack[];
}

export interface PlanDescription {
  readonly study: string;
  readonly title: string | null;
  readonly hash: string;
  readonly cells: number;
  readonly calls: readonly EstimateRow[];
  readonly byModel: readonly ModelTotal[];
  readonly totals: { readonly calls: number; readonly usd: number; readonly savedUsd: number };
  /** Models that are paid for by the token and have no price in the study file. */
  readonly unpriced: readonly string[];
  readonly corpus: readonly CorpusRow[];
  readonly exposure: ExposureTable;
  readonly checks: Checks;
  readonly precision: Precision;
  readonly retired: readonly RetiredModel[];
  /** Parameters of the study file that a model is known to refuse. */
  readonly refused: readonly RefusedParameter[];
  /** Addresses that mostly lack a `/v1`. */
  readonly endpointHints: readonly EndpointHint[];
  /** Known prices that the study file does not name, or names otherwise. */
  readonly otherPrices: readonly OtherPrice[];
  /** Models that take more or fewer tokens than four characters each. */
  readonly tokenFactors: readonly { readonly model: string; readonly factor: number }[];
  /** The earliest day on which a file of what is known of models was checked; null where there is none. */
  readonly modelDataAsOf: string | null;
  readonly differences: readonly DifferenceGroup[];
  readonly notes: Science['notes'];
}

export function describePlan(plan: Plan, hash: string, published: Science, makers: ModelData = {}): PlanDescription {
  const { science } = plan;
  const factorOf = tokenFactors(plan, makers);
  const calls = estimatePlan(plan, factorOf);
  return {
    study: science.name,
    title: science.title ?? null,
    hash,
    cells: countCells(plan),
    calls,
    byModel: totalByModel(calls),
    totals: {
      calls: calls.reduce((sum, row) => sum + row.calls, 0),
      usd: calls.reduce((sum, row) => sum + (row.usd ?? 0), 0),
      savedUsd: calls.reduce((sum, row) => sum + row.savedUsd, 0),
    },
    unpriced: unpricedModels(science),
    corpus: corpusRows(plan),
    exposure: exposureTable(plan),
    checks: checksOf(plan),
    precision: measurePrecision(science.evaluation.combinations * plan.partitions.length),
    retired: retiredModels(plan, makers),
    refused: refusedParameters(plan, makers),
    endpointHints: endpointHints(science),
    otherPrices: otherPrices(plan, makers),
    tokenFactors: [...new Set(calls.map(({ model }) => model))]
      .map((model) => ({ model, factor: factorOf(model) }))
      .filter(({ factor }) => factor !== 1),
    modelDataAsOf:
      Object.values(makers)
        .map(({ asOf }) => asOf)
        .sort()[0] ?? null,
    differences: differencesFrom(published, science),
    notes: science.notes,
  };
}

function countCells({ science, evaluation }: Plan): number {
  const { students, arms, training, graders } = science;
  const tuned = arms.reduce((sum, arm) => sum + (isTrained(arm) ? training.replicates.length : 1), 0);
  return students.length * tuned * evaluation.length * graders.length;
}

function totalByModel(rows: readonly EstimateRow[]): ModelTotal[] {
  const totals = new Map<string, ModelTotal>();
  for (const { model, calls, usd } of rows) {
    const before = totals.get(model);
    const sum = usd === null ? null : (before?.usd ?? 0) + usd;
    totals.set(model, { model, calls: (before?.calls ?? 0) + calls, usd: sum });
  }
  return [...totals.values()];
}

function checksOf(plan: Plan): Checks {
  const { rubric } = plan.catalog;
  const all = [{ id: 'skill', check: rubric.skillCheck }, ...rubric.points];
  return {
    points: all.flatMap(({ id, check }) => (check ? [{ point: id, kind: check.kind }] : [])),
    graderAsked: judgesAny(rubric),
    leadingBack: countLeadingBack(plan),
  };
}

function corpusRows(plan: Plan): CorpusRow[] {
  const lengths = new Map(exampleLengths(plan).map((length) => [length.k, length]));
  return plan.compose.map(({ partition, k, target, items }) => ({
    partition,
    k,
    target,
    planned: items.length,
    exampleTokens: lengths.get(k)?.tokens ?? 0,
    maxLength: lengths.get(k)?.limit ?? plan.science.training.hyperparameters.maxLength,
  }));
}

function takenOf({ take }: TrainedArm, { science }: Plan, k: string): number {
  const count = take[k];
  return count === 'all' ? (science.compose.kept[k] ?? 0) : (count ?? 0);
}

const sizeOf = (arm: TrainedArm, plan: Plan): number =>
  Object.keys(arm.take).reduce((sum, k) => sum + takenOf(arm, plan, k), 0);

/**
 * Expected exposure of each setting. Only skill sets that lie wholly on the train side can occur in training, so the
 * expectation for these is scaled by their share of the setting's combinations.
 */
function exposureTable(plan: Plan): ExposureTable {
  const [largest] = plan.science.arms.filter(isTrained).sort((a, b) => sizeOf(b, plan) - sizeOf(a, plan));
  const train = plan.partitions[0]?.sides.train.skills ?? [];
  const rows = plan.evaluation
    .filter(({ partition }) => partition === 0)
    .map(({ setting, k, items }) => {
      const possible = items.filter(({ skills }) => skills.every((skill) => train.includes(skill))).length;
      const n = largest ? takenOf(largest, plan, String(k)) : 0;
      return { setting, k, share: (possible / items.length) * expectedExposure({ poolSize: train.length, k, n }) };
    });
  return { arm: largest?.id ?? null, rows };
}

const AREAS: Readonly<Record<string, readonly (keyof Science)[]>> = {
  'skills and topics': ['catalog', 'prompts', 'split', 'partitions'],
  models: ['teacher', 'keepGrader', 'graders', 'providers'],
  students: ['students'],
  'training texts': ['compose'],
  arms: ['arms'],
  training: ['training'],
  evaluation: ['evaluation'],
  comparisons: ['hypotheses', 'analysis'],
};

/** The published study compared with this one. Another name, seed, note or price does not make it another study. */
function differencesFrom(published: Science, science: Science): DifferenceGroup[] {
  const [before, after] = [withoutHandling(published), withoutHandling(science)];
  before.providers = Object.fromEntries(Object.entries(before.providers).filter(([name]) => name in after.providers));
  after.providers = Object.fromEntries(Object.entries(after.providers).filter(([name]) => name in before.providers));
  return Object.entries(AREAS).flatMap(([area, keys]) => {
    const differences = keys.flatMap((key) => compareValues(before[key], after[key], key));
    return differences.length > 0 ? [{ area, differences }] : [];
  });
}

/** Leaves out keys that decide only how work is cut into pieces and how it is sent. */
const withoutHandling = (science: Science) => ({
  ...science,
  teacher: omit(science.teacher, 'mode'),
  keepGrader: omit(science.keepGrader, 'mode'),
  graders: science.graders.map((grader) => omit(grader, 'mode')),
  compose: omit(science.compose, 'wave'),
  training: omit(science.training, 'checkpointEverySteps'),
});
