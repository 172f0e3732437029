/** A JSON schema in words, for readers of a reference: types, defaults and the places of keys. */
import { stringify } from 'yaml';

/** As much of JSON Schema as zod writes. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly format?: string;
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** A value as a study file writes it, on one line. */
export const toFlow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();

export const isMapping = (schema: JsonSchema): boolean => schema.properties !== undefined;

export const alternativesOf = (schema: JsonSchema): readonly JsonSchema[] => schema.anyOf ?? schema.oneOf ?? [];

/** The schema of what a list or record holds, or the schema itself. */
export function contentOf(schema: JsonSchema): JsonSchema {
  if (schema.items) return contentOf(schema.items);
  if (typeof schema.additionalProperties === 'object') return contentOf(schema.additionalProperties);
  return schema;
}

export const describeType = (schema: JsonSchema): string => joinOr([...new Set(namesOf(schema))]);

/** One name for each kind of value that may stand there. */
function namesOf(schema: JsonSchema): string[] {
  if (schema.const !== undefined) return [code(schema.const)];
  if (schema.enum) return schema.enum.map(code);
  const alternatives = alternativesOf(schema);
  return alternatives.length > 0 ? alternatives.flatMap(namesOf) : [nameOf(schema)];
}

function nameOf(schema: JsonSchema): string {
  if (schema.items) return `list: ${describeType(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return `by key: ${describeType(schema.additionalProperties)}`;
  if (isMapping(schema)) return 'mapping';
  if (schema.type === 'integer') return `whole number${describeRange(schema)}`;
  if (schema.type === 'number') return `number${describeRange(schema)}`;
  if (schema.type === 'boolean') return '`true` or `false`';
  return schema.format === 'uri' ? 'URL' : 'text';
}

/** Zod bounds every whole number and seed; only bounds that an author chose are worth a word. */
const LARGEST_SEED = 2 ** 31 - 1;

function describeRange({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const least = type === 'integer' && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : minimum;
  const words = [
    least !== undefined ? `from ${least}` : exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : '',
    maximum !== undefined && maximum < LARGEST_SEED ? `to ${maximum}` : '',
    exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : '',
  ].filter((word) => word !== '');
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

const joinOr = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
