/**
 * A training job: `job.json` in the job's directory, what the trainer writes beside it while it runs (`metrics.jsonl`), and
 * `result.json`, written last. The trainer mirrors this schema in `trainer/etude_trainer/job.py`; paths are relative to the directory.
 */
import { z } from 'zod';
import { hyperparametersSchema } from './fine-tuning.ts';
import { budgetSchema } from './study.ts';

const count = z.int().min(0);
const positive = z.int().positive();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in hexadecimal');
const path = z
  .string()
  .regex(/^(?!\/)[^\\]+$/, 'a path relative to the job directory, with forward slashes')
  .meta({ description: 'relative to the job directory; `..` may lead to a neighbour' });

const trainingModelSchema = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('config'),
    architecture: z.strictObject({ layers: positive, heads: positive, width: positive }),
    vocabulary: z
      .array(z.string().regex(/^\S+$/))
      .min(1)
      .meta({ description: 'words and punctuation marks; special tokens are added by the trainer' }),
  }),
  z.strictObject({
    from: z.literal('path'),
    path,
    digest: sha256.meta({ description: '`digest` of the result that made it' }),
  }),
  z.strictObject({ from: z.literal('hub'), name: z.string().min(1), revision: z.string().min(1) }),
]);
export type TrainingModel = z.infer<typeof trainingModelSchema>;

const mixShare = {
  ratio: z.number().gt(0).lt(1).meta({ description: 'share of the mixed-in data in the whole' }),
  unit: z.enum(['examples', 'tokens']),
  loss: z.enum(['all-tokens', 'answers']),
};
const trainingMixSchema = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('file'),
    path: path.meta({ description: 'JSONL of {"messages": [...]} or {"text": "..."}' }),
    sha256,
    ...mixShare,
  }),
  z.strictObject({
    from: z.literal('hub'),
    name: z.string().min(1),
    config: z.string().min(1).nullable(),
    revision: z.string().min(1),
    ...mixShare,
  }),
]);
export type TrainingMix = z.infer<typeof trainingMixSchema>;

export const trainingJobSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string().min(1).max(200).meta({ description: 'idempotency key: the same work has the same key' }),
  kind: z.enum(['pretrain', 'finetune']),
  model: trainingModelSchema,
  data: z.strictObject({ path, sha256, format: z.literal('messages') }),
  loss: z.enum(['all-answers', 'last-answer']),
  overlong: z.enum(['drop', 'error', 'truncate']),
  mix: trainingMixSchema.nullable(),
  budget: budgetSchema,
  hyperparameters: hyperparametersSchema,
  seeds: z.strictObject({ data: count, train: count }),
  checkpointEverySteps: positive,
  threads: positive.default(1),
  device: z.enum(['cpu', 'cuda', 'auto']).default('auto'),
});
export type TrainingJob = z.infer<typeof trainingJobSchema>;

const event = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ event: z.literal(name), at: z.iso.datetime(), ...shape });

/** One line of `metrics.jsonl`. After a resume the steps since the checkpoint appear again. */
export const trainingEventSchema = z.discriminatedUnion('event', [
  event('started', {
    step: count.meta({ description: 'the checkpoint that the training resumes from, or 0' }),
    steps: positive,
    examples: positive,
    dropped: count,
    truncated: count,
    mixed: count,
  }),
  event('progress', {
    step: count,
    steps: positive,
    loss: z.number(),
    learningRate: z.number(),
    tokensSeen: count,
    secondsPerStep: z.number(),
  }),
  event('checkpoint', { step: count, steps: positive, tokensSeen: count }),
  event('warning', { message: z.string() }),
  event('finished', { step: count, steps: positive, tokensSeen: count, digest: sha256 }),
  event('failed', { message: z.string() }),
]);
export type TrainingEvent = z.infer<typeof trainingEventSchema>;

export const trainingResultSchema = z.strictObject({
  schema: z.literal(1),
  key: z.string(),
  digest: sha256.meta({ description: 'over the sorted names and sha256 of the files of `model/`' }),
  files: z.record(z.string(), sha256),
  steps: positive,
  examples: positive.meta({ description: 'rows trained on, mixed-in ones included' }),
  dropped: count,
  truncated: count,
  mixed: count,
  tokens: count.meta({ description: 'tokens seen over all steps, without padding' }),
  packages: z.record(z.string(), z.string()),
  hardware: z.strictObject({ device: z.string(), devices: positive, threads: positive }),
});
export type TrainingResult = z.infer<typeof trainingResultSchema>;
