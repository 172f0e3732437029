/** The catalog: skills, topics, prompts and rubric of one domain of skills, read from `catalogs/<name>/`. */
import { z } from 'zod';

const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'an id is lower-case letters, digits and hyphens');
const line = z.string().trim().min(1);

export const sideSchema = z.enum(['train', 'held-out']);
export type Side = z.infer<typeof sideSchema>;

/** What a catalog's checks and templates need to know of an entry, under keys of the catalog's own. */
const dataSchema = z
  .record(z.string().regex(/^[a-z][a-zA-Z0-9]*$/, 'a key of data is letters and digits'), line)
  .optional();

const skillSchema = z.strictObject({
  id,
  name: line.meta({ description: 'as prompts and graders write it' }),
  category: id,
  definition: line,
  example: line,
  reference: line.optional().meta({ description: 'where a reader can look the skill up' }),
  common: z.boolean().default(false).meta({ description: 'left out by the common-skill filter of Skill-Mix' }),
  data: dataSchema.meta({ description: 'for checks and templates, as `apply: 2*x + 3`' }),
});
export type Skill = z.infer<typeof skillSchema>;

const topicSchema = z.strictObject({
  id,
  name: line,
  side: sideSchema.meta({ description: 'its side under `split: {by: category}`' }),
  data: dataSchema.meta({ description: 'for checks and templates, as `start: 14`' }),
});
export type Topic = z.infer<typeof topicSchema>;

/** A user turn, as a Mustache template over `PromptView`. */
const template = z.string().min(1);

/**
 * How an answer is laid out in a reply. `labelled`: the text follows the last "Answer:" and ends before "Explanation",
 * as Skill-Mix asks for it. `plain`: the whole reply is the text.
 */
const answerFormatSchema = z.enum(['labelled', 'plain']);
export type AnswerFormat = z.infer<typeof answerFormatSchema>;

const writerPromptSchema = z.strictObject({
  turns: z.array(template).min(1).max(2),
  answer: answerFormatSchema.default('labelled'),
});
export type WriterPrompt = z.infer<typeof writerPromptSchema>;

const graderPromptSchema = z.strictObject({
  turn: template,
  reply: z.enum(['table', 'lines', 'json']).default('table'),
  tokensPerPoint: z
    .int()
    .positive()
    .optional()
    .meta({ description: 'tokens that a reply is expected to have for each criterion, for the estimate; else 60' }),
});
export type GraderPrompt = z.infer<typeof graderPromptSchema>;

const variants = <T extends z.ZodType>(schema: T) =>
  z.record(id, schema).refine((record) => 'default' in record, 'a variant named `default` is needed');

const promptsSchema = z.strictObject({
  id,
  version: z.int().positive(),
  teacher: variants(writerPromptSchema),
  student: variants(writerPromptSchema).meta({ description: 'variants: `default`, `soft` (small chat students), ...' }),
  grader: variants(graderPromptSchema),
});
export type Prompts = z.infer<typeof promptsSchema>;

/** What the values of a derivation are: exact expressions (`domain/rubric/evaluate.ts`), or plain text. */
const valuesSchema = z.enum(['algebra', 'text']);
export type ValuesKind = z.infer<typeof valuesSchema>;

/** How the right results of a combination follow from data: the topic's start, then each skill in the prompt's order. */
const derivationSchema = z.strictObject({
  values: valuesSchema,
  start: z.string().default('start').meta({ description: "key of the topics' data: the value before the first skill" }),
  apply: z.string().default('apply').meta({
    description:
      "key of the skills' data: an expression in x, the value before; for `text` lines `pattern => replacement`",
  }),
});
export type Derivation = z.infer<typeof derivationSchema>;

const patternCheck = z.strictObject({
  kind: z.literal('pattern'),
  matches: template.meta({
    description: 'a regular expression (RE2), as a Mustache template over the same view as the label',
  }),
  unless: z.boolean().default(false).meta({ description: 'the point is for texts that do not match' }),
});

/**
 * How a program decides a skill's point. `step`: it is earned if the skill's operation is done right on the result
 * before it.
 */
const skillCheckSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('step') }), patternCheck]);
export type SkillCheck = z.infer<typeof skillCheckSchema>;

/**
 * How a program decides a rubric point. `answer`: the text's last result is that of the derivation. `equals`: it equals
 * `to`.
 */
const pointCheckSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer') }),
  z.strictObject({ kind: z.literal('equals'), to: template, values: valuesSchema.default('algebra') }),
  patternCheck,
]);
export type PointCheck = z.infer<typeof pointCheckSchema>;

/** One point of the rubric beyond the k skill points. `rule` overwrites the grader's point by a program's. */
const pointSchema = z
  .strictObject({
    id,
    label: line.meta({ description: 'a Mustache template over `PromptView`: the row in the grading table' }),
    rule: z.enum(['sentence-limit']).optional().meta({ description: 'graders are asked, but a program decides' }),
    check: pointCheckSchema.optional().meta({ description: 'a program decides, so graders are not asked' }),
  })
  .refine(({ rule, check }) => !rule || !check, 'a point has a rule or a check, not both');

const rubricSchema = z.strictObject({
  skillLabel: line.meta({ description: 'a Mustache template over one skill: its row in the grading table' }),
  skillCheck: skillCheckSchema.optional().meta({ description: 'a program decides the skill points' }),
  derivation: derivationSchema.optional().meta({ description: 'what `step` and `answer` compare with' }),
  points: z.array(pointSchema).min(1),
  sentenceLimit: z
    .strictObject({ minimum: z.int().min(1), perSkill: z.int().min(0), offset: z.int() })
    .meta({ description: 'n = max(minimum, perSkill * k + offset); Skill-Mix: max(1, k - 1)' }),
});
export type Rubric = z.infer<typeof rubricSchema>;

export const catalogSchema = z.strictObject({
  name: id,
  title: line,
  note: z.string().optional().meta({ description: 'what a reader of results must know about this catalog' }),
  categories: z.record(id, z.strictObject({ name: line, side: sideSchema })),
  skills: z.array(skillSchema).min(2),
  topics: z.array(topicSchema).min(2),
  nearSynonyms: z
    .array(z.strictObject({ skills: z.tuple([id, id]), note: line }))
    .default([])
    .meta({ description: 'pairs of skills across the split that a reader may take for the same' }),
  prompts: promptsSchema,
  rubric: rubricSchema,
});
export type Catalog = z.infer<typeof catalogSchema>;

/** What prompt templates see. `limit` is the largest number of sentences; `text` is set for graders only. */
export interface PromptView {
  readonly k: number;
  readonly topic: string;
  readonly topicData: Readonly<Record<string, string>>;
  readonly skills: readonly {
    readonly name: string;
    readonly definition: string;
    readonly example: string;
    readonly data: Readonly<Record<string, string>>;
    readonly number: number;
    readonly last: boolean;
  }[];
  readonly skillNames: string;
  readonly limit: number;
  readonly limitWords: string;
  /** limit > 1: "two sentences". */
  readonly plural: boolean;
  /** k > 1. */
  readonly several: boolean;
  /** k > 2. */
  readonly many: boolean;
  readonly text?: string;
  readonly rows?: readonly { readonly number: number; readonly label: string }[];
}
