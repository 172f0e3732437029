/** A small plan and its outcomes for tests of measurement: only what scoring, comparison and certificates read. */
import { catalogSchema, type Catalog } from '../../contracts/catalog.ts';
import type { Hypothesis } from '../../contracts/hypotheses.ts';
import type { CellOutcome, GradingOutcome, ItemOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import type { Arm } from '../../contracts/study.ts';

const skill = (id: string, name: string, category: string, definition = `shows ${id}`) => ({
  id,
  name,
  category,
  definition,
  example: `An example of ${id}.`,
});

export const catalog: Catalog = catalogSchema.parse({
  name: 'small',
  title: 'A small catalog',
  categories: { figures: { name: 'Figures', side: 'train' }, logic: { name: 'Logic', side: 'held-out' } },
  skills: [
    skill('simile', 'simile', 'figures'),
    skill('rhetorical-question', 'rhetorical question', 'figures'),
    skill('tricolon', 'tricolon', 'figures', 'three words, as in a metaphor of steps'),
    skill('question', 'question', 'logic'),
    skill('metaphor', 'metaphor', 'logic'),
    skill('red-herring', 'red herring (fallacy)', 'logic'),
    skill('statement', 'statement', 'logic'),
  ],
  topics: [
    { id: 'sewing', name: 'Sewing', side: 'train' },
    { id: 'art', name: 'art', side: 'train' },
    { id: 'knots', name: 'Knots', side: 'held-out' },
    { id: 'ottoman', name: 'The Ottoman Empire', side: 'held-out' },
  ],
  prompts: {
    id: 'small',
    version: 1,
    teacher: { default: { turns: ['{{topic}}'] } },
    student: {
      default: {
        answer: 'plain',
        turns: [
          'Write one statement on {{topic}}. {{#skills}}Show {{name}}: {{definition}}{{^last}}; {{/last}}{{/skills}}.',
        ],
      },
    },
    grader: { default: { turn: '{{text}}' } },
  },
  rubric: {
    skillLabel: '{{name}}',
    points: [
      { id: 'topic', label: 'topic' },
      { id: 'sense', label: 'sense' },
      { id: 'length', label: 'length', rule: 'sentence-limit' },
    ],
    sentenceLimit: { minimum: 1, perSkill: 1, offset: -1 },
  },
});

interface PlanOptions {
  readonly arms?: readonly Arm[];
  readonly items?: number;
  readonly generations?: number;
  readonly gradings?: number;
  readonly aggregate?: { readonly gradings: string; readonly generations: string };
  readonly partitions?: number;
  readonly k?: number;
  readonly hypotheses?: readonly Hypothesis[];
}

const settings = ['train', 'held-out'].map((id) => ({ id, skills: id, topics: id }));

export const combination = (index: number): PlannedCombination => ({
  skills: ['simile', 'tricolon'],
  topic: 'sewing',
  occurrence: index,
});

/** The parts of a plan that measurement reads; the study behind it is never run. */
export function measuredPlan({
  arms = [],
  items = 1,
  generations = 1,
  gradings = 3,
  aggregate = { gradings: 'majority', generations: 'max' },
  partitions = 1,
  k = 2,
  hypotheses = [],
}: PlanOptions = {}): Plan {
  const indices = Array.from({ length: partitions }, (_, index) => index);
  const sides = {
    train: { skills: ['simile', 'rhetorical-question', 'tricolon'], topics: ['sewing', 'art'] },
    'held-out': { skills: ['question', 'metaphor', 'red-herring', 'statement'], topics: ['knots', 'ottoman'] },
  };
  const plan = {
    schema: 1,
    science: {
      name: 'measured',
      seed: 1,
      arms,
      students: [{ id: 'tiny' }],
      teacher: { provider: 'lab', model: 'writer' },
      keepGrader: { provider: 'lab', model: 'strict' },
      graders: ['strict', 'mild', 'third'].map((id) => ({ id, provider: 'lab', model: id })),
      training: { replicates: [{ dataSeed: 1, trainSeed: 1 }] },
      evaluation: { generations, gradings, aggregate, k: [k], settings },
      hypotheses,
      analysis: { gainMargin: 0.1 },
    },
    catalog,
    partitions: indices.map((index) => ({ index, sides })),
    compose: [],
    evaluation: indices.map((partition) => ({
      partition,
      k,
      setting: 'train',
      items: Array.from({ length: items }, (_, index) => combination(index)),
    })),
  };
  return plan as unknown as Plan;
}

export const graded = (...points: number[]): GradingOutcome => ({ end: 'graded', points });
export const unparsable: GradingOutcome = { end: 'unparsable', reason: '5 rows expected, 4 found' };
export const missing: GradingOutcome = { end: 'missing' };

export const written = (gradings: readonly GradingOutcome[], text = 'One sentence.'): TextOutcome => ({
  end: 'generated',
  text,
  gradings,
});

export const cell = (
  generationsOf: readonly (readonly TextOutcome[])[],
  { k = 2, ...identity }: Partial<CellOutcome> = {},
): CellOutcome => ({
  student: 'tiny',
  arm: 'base',
  replicate: 0,
  partition: 0,
  setting: 'train',
  grader: 'strict',
  ...identity,
  k,
  items: generationsOf.map((generations, index): ItemOutcome => ({ combination: combination(index), generations })),
});
