/** A synthetic study for the report's tests: invented numbers that no model ever made, over the lab's catalog. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { catalogSchema, type Catalog } from '../../contracts/catalog.ts';
import type { Plan } from '../../contracts/plan.ts';
import {
  METRICS,
  type Cell,
  type Certificate,
  type Comparison,
  type Estimate,
  type Metric,
  type Metrics,
  type Results,
} from '../../contracts/results.ts';
import { studySchema } from '../../contracts/study.ts';
import { tabulatePayments } from '../../domain/money/payments.ts';
import { makePlan, planHash } from '../../domain/plan/make-plan.ts';
import type { CorpusDetails, ReportInput } from '../../domain/report/page/report-input.ts';

export interface Shape {
  readonly students: readonly string[];
  readonly replicates: number;
  readonly partitions: number;
}

const ONE: Shape = { students: ['tiny'], replicates: 1, partitions: 1 };
const KS = [1, 2, 3, 4, 5];
const PAIRS = 300;

const readCatalog = (): Catalog => {
  const read = (file: string): unknown =>
    parse(readFileSync(new URL(`../../catalogs/lab/${file}.yaml`, import.meta.url), 'utf8'));
  const parts = { skills: read('skills'), topics: read('topics'), prompts: read('prompts') };
  return catalogSchema.parse({ ...(read('catalog') as object), ...parts });
};

const hyperparameters = { batch: 64, learningRate: 2e-4, warmupSteps: 20, maxLength: 64, precision: 'fp32' };
const base = {
  ...{ from: 'pretrain', recipe: 'lab', variant: 'elicited', texts: 1000, steps: 100, hyperparameters },
  ...{ architecture: { layers: 1, heads: 2, width: 16 }, seeds: { data: 1, train: 2 } },
};
const role = (model: string) => ({ provider: 'lab', model, parameters: { maxTokens: 48 } });

export function makeSyntheticPlan({ students, replicates, partitions }: Shape): Plan {
  const random = { by: 'random', seed: 3, trainSkills: 13, trainTopics: 24 };
  const study = studySchema.parse({
    name: 'synthetic',
    title: 'Synthetic numbers for the tests of the report',
    ...{ seed: 7, catalog: 'lab', partitions, split: partitions > 1 ? random : { by: 'category' } },
    providers: { lab: { protocol: 'openai', endpoint: 'lab' } },
    teacher: role('teacher'),
    keepGrader: { id: 'strict', ...role('strict') },
    graders: ['strict', 'lenient'].map((id) => ({ id, ...role(id) })),
    students: students.map((id) => ({ id, base, parameters: { maxTokens: 48, temperature: 0.7 } })),
    compose: { kept: { 1: 300, 2: 300, 3: 300 }, maxPlanned: { 1: 400, 2: 400, 3: 400 } },
    arms: [
      { id: 'base', untrained: true },
      { id: '1', take: { 1: 'all' } },
      { id: '1,2', take: { 1: 300, 2: 300 } },
      { id: '1,2,3', take: { 1: 300, 2: 300, 3: 300 } },
      { id: 'base+careful', untrained: true, prompt: 'careful' },
    ],
    training: {
      ...{ sample: 'one-turn', budget: { steps: 150 }, hyperparameters },
      replicates: Array.from({ length: replicates }, (_, index) => ({ dataSeed: index, trainSeed: 10 + index })),
    },
    evaluation: { k: KS, settings: ['train', 'held-out'], combinations: PAIRS, generations: 3, gradings: 1 },
    notes: [
      { at: 'compose.kept', kind: 'ours', why: 'The published study gives no count per k.' },
      { at: 'graders', kind: 'retired', why: 'Both graders are gone; programs take their place.' },
    ],
  });
  return makePlan(study, readCatalog());
}

/** Falls with k; the more so, the less the arm was trained. */
function inventMean(place: Pick<Cell, 'arm' | 'k' | 'setting' | 'grader' | 'replicate' | 'partition'>): number {
  const strength = { base: 0.3, '1': 0.5, '1,2': 0.78, '1,2,3': 0.85, 'base+careful': 0.75 }[place.arm] ?? 0.4;
  const hardness = (place.setting === 'train' ? 1 : 1.35) * (place.grader === 'strict' ? 1 : 0.85);
  return strength ** ((place.k - 1) * hardness * 0.6) * 0.98 - 0.01 * place.replicate - 0.015 * place.partition;
}

function inventEstimate(mean: number): Estimate {
  const se = Math.sqrt((mean * (1 - mean)) / PAIRS);
  return { mean, se, ci: [Math.max(0, mean - 1.96 * se), Math.min(1, mean + 1.96 * se)], bounds: [mean, mean] };
}

const metricsOf = (mean: number): Metrics => ({
  fullMarks: inventEstimate(mean),
  allSkills: inventEstimate(mean ** 0.9),
  skillFraction: inventEstimate(mean ** 0.5),
});

function inventCells({ science, partitions }: Plan): Cell[] {
  const list = <T, U>(values: readonly T[], map: (value: T) => U[]): U[] => values.flatMap(map);
  return list(science.students, ({ id: student }) =>
    list(science.arms, ({ id: arm }) =>
      list(
        Array.from(science.training.replicates, (_, index) => index),
        (replicate) =>
          list(partitions, ({ index: partition }) =>
            list(science.evaluation.settings, ({ id: setting }) =>
              list(science.graders, ({ id: grader }) =>
                KS.map((k) => inventCell({ student, arm, replicate, partition, k, setting, grader })),
              ),
            ),
          ),
      ),
    ),
  );
}

function inventCell(place: Omit<Cell, 'counts' | 'exposure' | 'metrics' | 'metricsMeanOverGenerations'>): Cell {
  const mean = inventMean(place);
  const counts = {
    ...{ planned: 900, generated: 897, refused: 0, truncated: 3, failed: 0 },
    ...{ gradingsPlanned: 897, graded: 897, unparsable: 0, missing: 0 },
  };
  const exposure = place.setting === 'train' && !place.arm.startsWith('base') && place.k < 4 ? 1 / place.k : 0;
  return { ...place, counts, exposure, metrics: metricsOf(mean), metricsMeanOverGenerations: metricsOf(mean * 0.8) };
}

const CONTRASTS = [
  ['1,2,3', 'base'],
  ['1,2,3', '1'],
  ['1,2,3', '1,2'],
  ['1,2,3', 'base+careful'],
  ['1', 'base'],
] as const;

const inventComparisons = (plan: Plan): Comparison[] =>
  plan.science.students.flatMap(({ id: student }) =>
    plan.science.evaluation.settings.flatMap(({ id: setting }) =>
      plan.science.graders.flatMap(({ id: grader }) =>
        KS.flatMap((k) =>
          CONTRASTS.flatMap(([arm, against]) =>
            METRICS.map((metric: Metric): Comparison => {
              const mean = (id: string) => inventMean({ arm: id, k, setting, grader, replicate: 0, partition: 0 });
              const difference = mean(arm) - mean(against);
              const ci = [difference - 0.06, difference + 0.06] as const;
              return { student, arm, against, k, setting, grader, metric, pairs: PAIRS, difference, se: 0.03, ci };
            }),
          ),
        ),
      ),
    ),
  );

export function inventResults(plan: Plan): Results {
  return {
    schema: 1,
    study: plan.science.name,
    plan: planHash(plan),
    corpus: plan.partitions.flatMap(({ index: partition }) =>
      [1, 2, 3].map((k) => {
        const counts = { planned: 400, composed: 340, fullMarks: 330, duplicates: 60 / k, kept: 300 };
        return { partition, k, ...counts, skillCoverage: 1 };
      }),
    ),
    cells: inventCells(plan),
    agreement: ['skill', 'topic', 'sense', 'length'].map((point, index) => {
      const measured = { texts: 45_000, raw: 0.97 - index / 50, kappa: index === 3 ? null : 0.9 - index / 20 };
      return { graders: ['strict', 'lenient'] as const, point, ...measured };
    }),
    comparisons: inventComparisons(plan),
    failedArms: [],
    amendments: [],
    spending: {
      ...{ usd: 1.23456789, calls: 91_234 },
      byModel: {
        'lab/teacher': { calls: 1020, inputTokens: 40_000, outputTokens: 20_000, usd: 0.23456789 },
        'lab/strict': { calls: 90_214, inputTokens: 3_000_000, outputTokens: 900_000, usd: 1.0 },
      },
    },
  };
}

const inventCertificate = (plan: Plan): Certificate => ({
  ...{ schema: 1, study: plan.science.name, plan: planHash(plan) },
  statement: 'Synthetic: no held-out skill or topic stands in a fine-tuning prompt of the files below.',
  notCertified: ['What base models saw before.', 'Data that are mixed in.'],
  datasets: plan.science.arms
    .filter(({ id }) => !id.startsWith('base'))
    .map(({ id: arm }) => {
      const heldOutWordsInAnswers = arm === '1' ? [] : [{ skill: 'hedging', examples: 4 }];
      return {
        arm,
        partition: 0,
        sha256: 'ab'.repeat(32),
        examples: 300 * arm.split(',').length,
        heldOutWordsInAnswers,
      };
    }),
});

const inventCorpusDetails = (plan: Plan): CorpusDetails[] =>
  plan.partitions.flatMap(({ index: partition }) =>
    [1, 2, 3].map((k) => ({
      ...{ partition, k },
      removalCurve: [0.5, 0.6, 0.7, 0.8, 0.9].map((threshold, step) => ({ threshold, removed: (120 - 24 * step) / k })),
      dropped: [
        {
          ...{ index: 17, of: 4, jaccard: 0.82, exact: false },
          text: 'If it rained, the old ferry waited by the pier.',
          ofText: 'If it rained, the ferry waited by the pier.',
        },
      ],
    })),
  );

const inventPayments = (): ReportInput['payments'] =>
  tabulatePayments([
    { ...{ phase: 'compose', model: 'lab/teacher', kind: 'reply', calls: 1200 }, ...tokens(60_000, 90_000), paid: 5e8 },
    { ...{ phase: 'evaluate', model: 'lab/strict', kind: 're-ask', calls: 13 }, ...tokens(900, 700), paid: 12e6 },
    { ...{ phase: 'evaluate', model: 'lab/strict', kind: 'abandoned', calls: 7 }, ...tokens(0, 0), paid: 25e7 },
    { ...{ phase: 'evaluate', model: 'lab/strict', kind: 'error', calls: 31 }, ...tokens(0, 0), paid: 0 },
  ]);
const tokens = (inputTokens: number, outputTokens: number) => ({ usage: { inputTokens, outputTokens } });

/** Everything a finished study hands to the report, all of it invented. */
export function makeSyntheticInput(shape: Partial<Shape> = {}): ReportInput {
  const plan = makeSyntheticPlan({ ...ONE, ...shape });
  return {
    plan,
    planHash: planHash(plan),
    results: inventResults(plan),
    certificate: inventCertificate(plan),
    provenance: {
      packages: { node: '20.0.0', vega: '6.4.0' },
      models: [{ student: 'tiny', digest: 'cd'.repeat(32) }],
      hardware: null,
    },
    corpusDetails: inventCorpusDetails(plan),
    payments: inventPayments(),
    running: null,
  };
}
