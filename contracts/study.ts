/** The study file: one experiment as its author writes it (`studies/*.yaml`). Unknown keys are errors. */
import { z } from 'zod';
import { parametersSchema, providerSchema } from './asking.ts';
import { sideSchema } from './catalog.ts';
import { hyperparametersSchema, mixSchema } from './fine-tuning.ts';
import { analysisSchema, GAIN_MARGIN, hypothesisSchema } from './hypotheses.ts';
import { runtimeShape } from './runtime.ts';

export { NOT_SENT, parametersSchema, providerSchema, type Parameters, type Provider } from './asking.ts';

const id = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9.-]*$/, 'an id is lower-case letters, digits, dots and hyphens');
const armId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9,.+-]*$/, 'an arm id is letters, digits and , . + -');
const orOff = <T extends z.ZodType>(schema: T) => z.union([schema, z.literal('off')]);
const positive = z.int().positive();
const seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .meta({ description: 'fixes what is random here' });

const roleShape = {
  provider: id.meta({ description: 'a key of `providers`' }),
  model: z
    .string()
    .min(1)
    .meta({ description: 'the exact name; only it, or a dated snapshot of an alias, may answer' }),
  prompt: id.default('default').meta({ description: "a variant of the role's prompts in the catalog" }),
  parameters: parametersSchema.meta({ description: 'how replies are sampled' }),
  mode: z.enum(['single', 'batch']).default('single').meta({
    description:
      "`batch`: asked through the provider's batch API, for a share of the price and within a day; not in request keys",
  }),
};
export const teacherSchema = z.strictObject(roleShape);
export const graderSchema = z.strictObject({
  id: id.meta({ description: 'names the grader in results' }),
  ...roleShape,
});
export type Teacher = z.infer<typeof teacherSchema>;
export type Grader = z.infer<typeof graderSchema>;
export type Mode = Teacher['mode'];

export const baseModelSchema = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('pretrain'),
    recipe: z.enum(['lab', 'derivations']).meta({
      description: "the lab's base corpus, or solved single operations of a catalog with a derivation of algebra",
    }),
    variant: z
      .enum(['elicited', 'strict'])
      .meta({ description: '`strict`: held-out skills are never combined in the base corpus' }),
    texts: positive.meta({ description: 'size of the base corpus' }),
    steps: positive.meta({ description: 'of pre-training' }),
    architecture: z
      .strictObject({ layers: positive, heads: positive, width: positive })
      .meta({ description: 'of a small Llama' }),
    hyperparameters: hyperparametersSchema.meta({ description: 'of pre-training' }),
    seeds: z.strictObject({ data: seed, train: seed }).meta({ description: 'of the base corpus, and of pre-training' }),
  }),
  z.strictObject({
    from: z.literal('hub'),
    name: z
      .string()
      .regex(/^(?:\w[\w.-]{0,95}\/)?\w[\w.-]{0,95}$/, 'a model of the hub is ORG/NAME')
      .meta({ description: 'of the model on the Hugging Face hub' }),
    revision: z
      .string()
      .regex(/^\w[\w.-]*$/, 'a revision is a commit')
      .meta({ description: 'a commit, so that the weights cannot change' }),
  }),
]);
export type BaseModel = z.infer<typeof baseModelSchema>;

export const studentSchema = z.strictObject({
  id: id.meta({ description: 'names the student in results' }),
  base: baseModelSchema.meta({ description: 'the model before fine-tuning' }),
  prompt: id.default('default').meta({ description: 'a variant of the student prompts in the catalog' }),
  parameters: parametersSchema.meta({ description: 'how its answers are sampled' }),
  hyperparameters: hyperparametersSchema.optional().meta({ description: 'instead of `training.hyperparameters`' }),
});
export type Student = z.infer<typeof studentSchema>;

/** A record keyed by k, as `{1: 300, 2: 300}`. */
const perK = <T extends z.ZodType>(schema: T) =>
  z.record(z.string().regex(/^[1-9]\d*$/, 'k is a positive integer'), schema);

export const budgetSchema = z.union([
  z.strictObject({ steps: positive.meta({ description: 'optimiser steps: the same for every arm' }) }),
  z.strictObject({ epochs: z.number().gt(0).meta({ description: "passes over the arm's texts" }) }),
  z.strictObject({ tokens: positive.meta({ description: 'tokens seen, without padding' }) }),
]);
export type Budget = z.infer<typeof budgetSchema>;

const trainedArm = z.strictObject({
  id: armId.meta({ description: 'names the arm in results, as `1,2`' }),
  take: perK(z.union([positive, z.literal('all')])).meta({ description: 'by k: how many kept texts, from the first' }),
  match: z
    .strictObject({ arm: armId, by: z.enum(['texts', 'tokens']) })
    .optional()
    .meta({ description: 'a seeded part of the texts, no larger than what another arm has' }),
  budget: budgetSchema.optional().meta({ description: 'instead of `training.budget`' }),
});
const untrainedArm = z.strictObject({
  id: armId.meta({ description: 'names the arm in results, as `base`' }),
  untrained: z.literal(true).meta({ description: 'the base itself' }),
  prompt: id.optional().meta({ description: "asked with another prompt variant than the student's" }),
});
export const armSchema = z.union([trainedArm, untrainedArm]);
export type Arm = z.infer<typeof armSchema>;
export type TrainedArm = z.infer<typeof trainedArm>;

export const composeSchema = z.strictObject({
  kept: perK(positive).meta({ description: 'by k: how many texts to keep' }),
  maxPlanned: perK(positive).meta({ description: 'by k: the most that are composed to get there' }),
  wave: positive.default(50).meta({ description: 'texts of each wave after the first, which plans `kept`' }),
  keep: z
    .strictObject({ rule: z.enum(['full-marks', 'all-skills']), gradings: positive })
    .default({ rule: 'full-marks', gradings: 1 })
    .meta({
      description: 'which texts are kept: those with every point, or with every skill; gradings decide by majority',
    }),
  dedupe: z
    .strictObject({ near: orOff(z.number().gt(0).max(1)), shingle: positive.default(3) })
    .default({ near: 0.7, shingle: 3 })
    .meta({ description: 'drops repetitions: from which Jaccard similarity on, over how many words in a row' }),
});
export const trainingSchema = z.strictObject({
  sample: z
    .enum(['two-turn', 'one-turn'])
    .meta({ description: 'the whole conversation, or first turn and final text' }),
  loss: z.enum(['all-answers', 'last-answer']).default('all-answers').meta({ description: 'which tokens are learned' }),
  overlong: z
    .enum(['drop', 'error', 'truncate'])
    .default('drop')
    .meta({ description: 'what happens to examples longer than `maxLength`' }),
  mix: mixSchema.optional().meta({ description: 'other data mixed in; they are not certified' }),
  budget: budgetSchema.meta({ description: 'how long an arm is trained' }),
  replicates: z
    .array(z.strictObject({ dataSeed: seed, trainSeed: seed }))
    .min(1)
    .meta({ description: 'each arm is trained once for each: order of the data, and the trainer' }),
  hyperparameters: hyperparametersSchema.meta({ description: 'of fine-tuning' }),
  checkpointEverySteps: positive
    .default(100)
    .meta({ description: 'how much a killed training repeats; does not change the weights' }),
});

const poolSide = z.union([sideSchema, z.literal('all')]).meta({ description: 'the side they are drawn from' });
const settingSchema = z.union([
  poolSide.transform((side) => ({ id: side as string, skills: side, topics: side })),
  z.strictObject({ id: id.meta({ description: 'names the setting in results' }), skills: poolSide, topics: poolSide }),
]);
export const evaluationSchema = z.strictObject({
  k: z.array(positive).min(1).meta({ description: 'how many skills a text must show' }),
  settings: z.array(settingSchema).min(1).meta({ description: 'sides that skills and topics are drawn from' }),
  combinations: positive.default(100).meta({ description: 'of each k and setting' }),
  generations: positive.default(3).meta({ description: 'answers to each combination' }),
  gradings: positive.default(3).meta({ description: 'judgements of each answer by each grader' }),
  asks: positive.default(3).meta({ description: 'times an unreadable grading is asked in all' }),
  aggregate: z
    .strictObject({ gradings: z.enum(['majority', 'mean', 'all']), generations: z.enum(['max', 'mean']) })
    .default({ gradings: 'majority', generations: 'max' })
    .meta({ description: 'how the gradings of an answer, and then the generations, become one score' }),
  sentences: z
    .enum(['protocol', 'segmenter'])
    .default('protocol')
    .meta({ description: "counts the sentences of an answer: Skill-Mix's rule, or Unicode's" }),
  deductNames: z.enum(['off', 'names', 'inflected']).default('off').meta({
    description: 'a skill that the answer names loses its point: by the exact name, or by inflected forms too',
  }),
  commonSkills: z
    .enum(['included', 'excluded'])
    .default('included')
    .meta({ description: '`excluded`: combinations with a skill that the catalog marks as common are not scored' }),
});

const usd = z.number().min(0);
const share = usd.max(1);
const perMillion = (tokens: string) => ({ description: `US dollars per million ${tokens}` });
export const priceSchema = z.strictObject({
  input: usd.meta(perMillion('tokens')),
  output: usd.meta(perMillion('tokens')),
  cachedInput: usd.optional().meta(perMillion("tokens that the provider's cache has; as `input` unless given")),
  cacheWrite: usd.optional().meta(perMillion("tokens that the provider's cache takes; as `input` unless given")),
  batch: share.optional().meta({ description: 'share of the price that a batch costs; 0.5 unless given' }),
  source: z.string().optional().meta({ description: 'where the price was found' }),
});

export const noteSchema = z.strictObject({
  at: z.string().min(1).meta({ description: 'place in the study file, as `compose.kept`' }),
  kind: z.enum(['ours', 'deviation', 'retired']).meta({
    description: 'a choice where the publication is silent; a departure from it; a model that is gone',
  }),
  why: z.string().min(1).meta({ description: 'one or two sentences' }),
});

export const studySchema = z.strictObject({
  name: id.meta({ description: 'names the study in its home, and its folder of outputs' }),
  title: z.string().optional().meta({ description: 'heads the report' }),
  seed: seed.meta({ description: 'decides every combination' }),
  catalog: z.string().min(1).meta({ description: 'a catalog of Etude, or a folder beside the study file' }),
  prompts: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "a prompts.yaml beside the study file, instead of the catalog's" }),
  split: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('category').meta({ description: 'as the catalog says' }) }),
      z.strictObject({
        by: z.literal('random'),
        seed,
        trainSkills: positive.meta({ description: 'how many; all others are held out' }),
        trainTopics: positive.meta({ description: 'how many; all others are held out' }),
      }),
      z.strictObject({
        by: z.literal('file'),
        file: z
          .string()
          .min(1)
          .meta({ description: 'YAML beside the study file: `train: {skills: [...], topics: [...]}`' }),
      }),
    ])
    .default({ by: 'category' })
    .meta({ description: 'which skills and topics are train, which held out' }),
  partitions: positive.default(1).meta({ description: 'random splits, pooled; 1 for the other kinds' }),
  providers: z.record(id, providerSchema).meta({ description: 'who answers model requests, by a name of yours' }),
  teacher: teacherSchema.meta({ description: 'writes the training texts' }),
  keepGrader: graderSchema.meta({ description: 'chooses the training texts' }),
  graders: z.array(graderSchema).min(1).meta({ description: 'judge what students write' }),
  students: z.array(studentSchema).min(1).meta({ description: 'the models that are tuned and evaluated' }),
  compose: composeSchema.meta({ description: 'the training texts' }),
  arms: z.array(armSchema).min(1).meta({ description: 'how each student is tuned' }),
  training: trainingSchema.meta({ description: 'how arms are trained' }),
  evaluation: evaluationSchema.meta({ description: 'what students are asked and how they are scored' }),
  hypotheses: z
    .array(hypothesisSchema)
    .default([])
    .meta({ description: 'tests frozen in the plan; every other comparison is exploratory' }),
  analysis: analysisSchema.default({ gainMargin: GAIN_MARGIN }).meta({ description: 'when differences count as none' }),
  prices: z.record(z.string(), priceSchema).default({}).meta({ description: 'by `provider/model`' }),
  notes: z
    .array(noteSchema)
    .default([])
    .meta({ description: 'what a reader must know of choices; shown in the report' }),
  // Not part of the plan hash: it changes how a study runs, not what it finds.
  ...runtimeShape,
});
export type Study = z.infer<typeof studySchema>;

export const isTrained = (arm: Arm): arm is TrainedArm => 'take' in arm;
