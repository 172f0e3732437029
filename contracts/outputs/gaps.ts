/** `gaps.json`: what a finished study lacks, with the reasons. An empty list means that nothing planned is missing. */
import { z } from 'zod';

const reasonSchema = z.strictObject({ reason: z.string(), count: z.int().positive() });

export const gapSchema = z.strictObject({
  /** `corpus`: training texts below the target of one k. `texts`: answers of a cell. `gradings`: of one grader. `arm`: an arm that failed. */
  kind: z.enum(['corpus', 'texts', 'gradings', 'arm']),
  /** As people name it: `k = 2`, `tiny/1,2/k3/train`, `strict`, `tiny/1,2`. */
  where: z.string(),
  /** Texts, gradings, or (of an arm) cells. */
  missing: z.int().positive(),
  planned: z.int().positive(),
  /** Most frequent first. For a corpus: what became of the texts that were composed and not kept. */
  reasons: z.array(reasonSchema),
});
export type Gap = z.infer<typeof gapSchema>;

export const gapsSchema = z.strictObject({
  schema: z.literal(1),
  study: z.string(),
  plan: z.string(),
  gaps: z.array(gapSchema),
});
export type Gaps = z.infer<typeof gapsSchema>;
