/** Writes docs/study-file.md from the schema in contracts/study.ts: `npm run docs`. A test fails while it is stale. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { studySchema } from '../contracts/study.ts';
import { alternativesOf, contentOf, describeType, isMapping, toFlow, type JsonSchema } from './describe-schema.ts';

export const REFERENCE = fileURLToPath(new URL('./study-file.md', import.meta.url));

const toSchema = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;

const INTRODUCTION = `# The study file

A study is one YAML file. This page lists every key; it is generated from \`contracts/study.ts\` by \`npm run docs\`.
Whole examples: [\`studies/lab.yaml\`](../studies/lab.yaml), [\`studies/paper-today.yaml\`](../studies/paper-today.yaml).

- An unknown key is an error. \`./etude plan FILE\` checks a file without starting anything, also that its parts fit each
  other and the catalog.
- The **plan** is the file expanded: every combination, seed, prompt, model and price. Its hash names it. \`limits\`,
  \`rates\` and \`cluster\` are not part of it: they change how a study runs, not what it finds, and may be changed
  between two starts; so may all keys of \`providers\` but \`protocol\`, \`endpoint\` and \`apiKey\` ([why](models.md)).
- A study that was started keeps its plan. A changed file needs another \`name\`; it uses every reply that is in the
  ledger already.
- **Default** is the value of a key that is left out; "needed" has none; "none" means that nothing happens without it.
`;

const STUDY = toSchema(studySchema);

/** Schemas that occur in several places, each found at one of them: described once, under their own heading. */
const SHARED = ['teacher.parameters', 'training.hyperparameters', 'training.budget'].map((place) => {
  const keys = place.split('.');
  const schema = keys.reduce<JsonSchema | undefined>((at, key) => at?.properties?.[key], STUDY);
  if (!schema) throw new Error(`contracts/study.ts has no ${place}`);
  return { title: keys[keys.length - 1] ?? place, schema };
});

/** The same schema wherever it stands: what a place adds to it does not count. */
function fingerprint(schema: JsonSchema): string {
  const {
    description: _description,
    default: _default,
    $schema: _version,
    ...rest
  } = schema as JsonSchema & {
    $schema?: string;
  };
  return JSON.stringify(rest);
}

const sharedTitle = (schema: JsonSchema): string | undefined =>
  SHARED.find((shared) => fingerprint(shared.schema) === fingerprint(schema))?.title;

/** What a heading's table shows: one mapping, or several of which a file chooses one. */
const mappingsOf = (schema: JsonSchema): readonly JsonSchema[] =>
  isMapping(schema) ? [schema] : alternativesOf(schema).filter(isMapping);

export function renderReference(): string {
  return [
    INTRODUCTION,
    '## The file\n',
    renderTable(STUDY, ''),
    ...renderInner(STUDY, ''),
    ...SHARED.map(({ title, schema }) => renderSection(title, schema)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

/** Headings for what a table cannot hold: lists, records and choices of mappings, in the order of their keys. */
function renderInner(schema: JsonSchema, place: string): string[] {
  return mappingsOf(schema).flatMap((mapping) =>
    Object.entries(mapping.properties ?? {}).flatMap(([key, value]) => {
      const inner = contentOf(value);
      if (mappingsOf(inner).length === 0 || sharedTitle(inner) !== undefined) return [];
      const title = place === '' ? key : `${place}.${key}`;
      const below = renderInner(inner, title);
      return isInlined(value, place) ? below : [renderSection(title, inner), ...below];
    }),
  );
}

/** A mapping within a mapping stands in the table of the outer one. */
const isInlined = (value: JsonSchema, place: string): boolean => place !== '' && isMapping(value);

function renderSection(title: string, schema: JsonSchema): string {
  const mappings = mappingsOf(schema);
  if (mappings.length === 1 && mappings[0]) return `## ${title}\n\n${renderTable(mappings[0], title)}`;
  const parts = mappings.map((mapping) => renderAlternative(mapping, title));
  return [`## ${title}\n`, ...parts].join('\n');
}

/** An alternative is told from the others by its constant, or else by the keys it needs. */
function renderAlternative(mapping: JsonSchema, title: string): string {
  const { properties = {}, required = [] } = mapping;
  const [told] = Object.entries(properties).filter(([, { const: value }]) => value !== undefined);
  if (!told) return `With ${required.map((key) => `\`${key}\``).join(', ')}:\n\n${renderTable(mapping, title)}`;
  const [name, { const: value, description }] = told;
  const { [name]: _told, ...rest } = properties;
  const heading = `With \`${name}: ${String(value)}\`${description === undefined ? '' : ` (${description})`}`;
  if (Object.keys(rest).length === 0) return `${heading}.\n`;
  return `${heading}:\n\n${renderTable({ ...mapping, properties: rest }, title)}`;
}

const renderTable = (mapping: JsonSchema, place: string): string =>
  ['| key | type | default | meaning |', '|---|---|---|---|', ...renderRows(mapping, place, ''), ''].join('\n');

function renderRows({ properties = {}, required = [] }: JsonSchema, place: string, prefix: string): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const given = schema.default === undefined ? 'none' : `\`${toFlow(schema.default)}\``;
    const fallback = required.includes(key) ? 'needed' : given;
    const row = `| \`${prefix}${key}\` | ${renderType(schema)} | ${fallback} | ${schema.description ?? ''} |`;
    const inlined = isInlined(schema, place) && sharedTitle(schema) === undefined;
    return [row, ...(inlined ? renderRows(schema, place, `${prefix}${key}.`) : [])];
  });
}

function renderType(schema: JsonSchema): string {
  const shared = sharedTitle(contentOf(schema));
  return shared === undefined ? describeType(schema) : `[${shared}](#${shared})`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(REFERENCE, renderReference());
