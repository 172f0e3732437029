/** The parts of a study file that say how a student is fine-tuned: rates, sizes, devices and data mixed in. */
import { z } from 'zod';

const positive = z.int().positive();

/**
 * How a training is divided among several GPUs (FSDP). What is learned does not change, so training keys leave it out.
 */
const fsdpSchema = z.strictObject({
  wrap: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: "layer classes, as `LlamaDecoderLayer`; without it the model's own" }),
  activationCheckpointing: z.boolean().meta({ description: '`gradientCheckpointing` as FSDP does it itself' }),
});

export const hyperparametersSchema = z.strictObject({
  batch: positive.meta({ description: 'examples of one step' }),
  learningRate: z.number().gt(0).meta({ description: 'after the warm-up' }),
  schedule: z
    .enum(['constant', 'decay-second-half'])
    .default('constant')
    .meta({ description: 'whether the learning rate falls to 0 over the second half' }),
  warmupSteps: z.int().min(0).meta({ description: 'steps in which the learning rate rises from 0' }),
  weightDecay: z.number().min(0).default(0).meta({ description: 'of AdamW' }),
  maxLength: positive.meta({ description: 'tokens of one example' }),
  precision: z.enum(['fp32', 'bf16']).default('bf16').meta({ description: '`bf16` needs a GPU' }),
  gradientCheckpointing: z.boolean().default(false).meta({ description: 'less memory, more time, the same result' }),
  accumulate: positive.default(1).meta({ description: 'parts that a batch is cut into, for less memory' }),
  freeze: z
    .array(z.enum(['embeddings']))
    .default([])
    .meta({ description: 'parts of the model that stay as they are' }),
  fsdp: fsdpSchema
    .optional()
    .meta({ description: 'divides weights, gradients and optimizer where there are several GPUs' }),
});

export const mixSchema = z.strictObject({
  source: z.string().min(1).meta({
    description:
      'a JSONL file of `messages` or `text`, beside the study file; or `hub:ORG/NAME`, `hub:ORG/NAME/CONFIG`',
  }),
  revision: z.string().min(1).meta({ description: "the file's SHA-256, or the commit of the dataset" }),
  ratio: z.number().gt(0).lt(1).meta({ description: 'share of the mixed-in data in the whole' }),
  unit: z.enum(['examples', 'tokens']).meta({ description: 'what the share counts' }),
  loss: z.enum(['all-tokens', 'answers']).meta({ description: 'which of their tokens are learned' }),
});
export type Mix = z.infer<typeof mixSchema>;
