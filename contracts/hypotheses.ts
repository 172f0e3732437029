/**
 * What a study commits to before its first call: which differences it tests, and within which margin gains count as
 * equal.
 */
import { z } from 'zod';
import { METRICS } from './results.ts';

const share = z.number().gt(0).lt(1);

export const hypothesisSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*$/, 'an id is lower-case letters, digits, dots and hyphens')
    .meta({ description: 'names the hypothesis in results' }),
  arm: z.string().min(1).meta({ description: 'the arm that the hypothesis is about' }),
  against: z.string().min(1).meta({ description: 'the arm it is compared with, on the same combinations' }),
  student: z.string().min(1).optional().meta({ description: 'left out: each student is a test of its own' }),
  k: z.array(z.int().positive()).min(1).meta({ description: 'values of k whose combinations are tested together' }),
  setting: z.string().min(1).meta({ description: 'one of `evaluation.settings`' }),
  grader: z.string().min(1).meta({ description: 'whose scores decide; all others are shown beside it' }),
  metric: z.enum(METRICS).default('fullMarks').meta({ description: 'what is compared' }),
  alternative: z
    .enum(['two-sided', 'greater', 'less'])
    .default('two-sided')
    .meta({ description: 'which differences count; `greater`: the arm above the other' }),
  margin: share.optional().meta({ description: 'turns it into equivalence: the difference lies within this margin' }),
});
export type Hypothesis = z.infer<typeof hypothesisSchema>;

export const GAIN_MARGIN = 0.1;

export const analysisSchema = z.strictObject({
  gainMargin: share
    .default(GAIN_MARGIN)
    .meta({ description: 'gains on held-out and train skills are equivalent within this margin' }),
});
