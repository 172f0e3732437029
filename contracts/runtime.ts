/** How a study runs: the keys of the study file that are not part of the plan hash. */
import { z } from 'zod';

const positive = z.int().positive();

export const rateSchema = z.strictObject({
  requestsPerMinute: positive.optional().meta({ description: 'over all workers' }),
  tokensPerMinute: positive.optional().meta({
    description: 'prompt and largest reply together, over all workers; what a reply did not take is given back',
  }),
  inputTokensPerMinute: positive
    .optional()
    .meta({ description: 'of prompts alone, where a provider counts them apart' }),
  outputTokensPerMinute: positive
    .optional()
    .meta({ description: 'of replies alone, where a provider counts them apart' }),
  batchRequests: positive
    .optional()
    .meta({ description: 'in batches at the provider at once; the rates of a minute are not for batches' }),
  batchTokens: positive.optional().meta({
    description: 'input tokens in batches at the provider at once, as its queue limit (estimated from bytes)',
  }),
  concurrency: positive.default(16).meta({ description: 'requests in flight' }),
});
export type Rate = z.infer<typeof rateSchema>;

export const notifySchema = z.union([
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: 'program and arguments; gets the message as last argument, and JSON on standard input' }),
  }),
  z.strictObject({
    webhook: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, 'name of an environment variable, never the address itself')
      .meta({ description: 'name of the environment variable that holds the web address; gets JSON by POST' }),
  }),
]);
export type Notify = z.infer<typeof notifySchema>;

export const runtimeShape = {
  limits: z
    .strictObject({
      usd: z
        .number()
        .min(0)
        .optional()
        .meta({ description: 'cap: a call whose largest cost would exceed it waits for `etude raise-budget`' }),
    })
    .default({})
    .meta({ description: 'bounds' }),
  rates: z.record(z.string(), rateSchema).default({}).meta({ description: 'by `provider/model` or student id' }),
  cluster: z
    .strictObject({
      backend: z.literal('local').meta({ description: 'processes of this machine' }),
      trainings: positive.default(2).meta({ description: 'that run at the same time' }),
      servers: z.int().min(1).max(3).default(3).meta({ description: 'of students that run at the same time' }),
    })
    .default({ backend: 'local', trainings: 2, servers: 3 })
    .meta({ description: 'where trainings and servers run' }),
  notify: notifySchema.optional().meta({
    description: 'who hears of a study: what waits for a person, a failed arm, its end, a disk that is nearly full',
  }),
};
