/**
 * `catalogs/<name>/published.yaml`: published figures that the report shows beside the study's own, as context only.
 */
import { z } from 'zod';

const line = z.string().trim().min(1);
const share = z.number().min(0).max(1);

const sourceSchema = z.strictObject({
  title: line,
  url: z.url({ protocol: /^https$/ }),
  checked: z
    .enum(['source', 'quoted'])
    .meta({ description: '`source`: read there; `quoted`: taken from another text that quotes it' }),
});

/** Full marks, all skills and skill fraction. */
const metricsSchema = z.strictObject({ fullMarks: share, allSkills: share, skillFraction: share });

const tableSchema = z.strictObject({
  title: line,
  source: sourceSchema,
  protocol: line.meta({ description: 'who graded, and how it was scored' }),
  rows: z
    .array(
      z.strictObject({
        student: line,
        k: z.record(z.string().regex(/^[1-9]\d*$/, 'k is a positive integer'), metricsSchema),
      }),
    )
    .min(1),
});

const headlineSchema = z.strictObject({
  statement: line,
  source: sourceSchema,
  student: line,
  k: z.int().positive(),
  skills: z.enum(['train', 'held-out']),
  fullMarks: z.strictObject({ before: share, after: share }),
});

export const publishedFiguresSchema = z.strictObject({
  note: line.meta({ description: 'why they are not comparable, whatever the study' }),
  tables: z.array(tableSchema),
  headlines: z.array(headlineSchema),
});
export type PublishedFigures = z.infer<typeof publishedFiguresSchema>;
