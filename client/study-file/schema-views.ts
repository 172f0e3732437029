/** What a zod schema looks like from outside: its parts, as far as explaining a misfit needs them. */
import type { z } from 'zod';

export type Schema = z.core.$ZodType;

interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly values?: readonly unknown[];
  readonly format?: string;
  readonly entries?: Readonly<Record<string, unknown>>;
}

const definitionOf = (schema: Schema): Definition => schema._zod.def as unknown as Definition;

/** Without optionals, defaults and transforms; of a discriminated union the form that the value names. */
export function unwrap(schema: Schema, value: unknown): Schema {
  const { type, innerType, in: input, options, discriminator } = definitionOf(schema);
  if (innerType) return unwrap(innerType, value);
  if (type === 'pipe' && input) return unwrap(input, value);
  if (!options || discriminator === undefined) return schema;
  const named = childValue(value, discriminator);
  const form = options.find((option) => literalsOf(childSchema(option, discriminator)).includes(String(named)));
  return form ? unwrap(form, value) : schema;
}

/** The forms of a plain union, nested ones included; undefined for anything else. */
export function formsOf(schema: Schema): Schema[] | undefined {
  const { options, discriminator } = definitionOf(schema);
  if (!options || discriminator !== undefined) return undefined;
  return options.flatMap((option) => formsOf(unwrap(option, undefined)) ?? [option]);
}

export const keysOf = (schema: Schema): string[] => Object.keys(definitionOf(schema).shape ?? {});

/** The texts that a literal or an enumeration accepts. */
export function literalsOf(schema: Schema | undefined): string[] {
  if (!schema) return [];
  const { values, entries } = definitionOf(schema);
  return [...(values ?? []), ...Object.values(entries ?? {})].map(String);
}

export function childSchema(schema: Schema, key: PropertyKey): Schema | undefined {
  const { shape, element, valueType } = definitionOf(schema);
  return shape ? shape[String(key)] : (element ?? valueType);
}

export const childValue = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;

/** What a schema takes, in words: each text it accepts, or a kind of value. */
export function nameForms(schema: Schema): string[] {
  const literals = literalsOf(schema);
  if (literals.length > 0) return literals.map((text) => `"${text}"`);
  const keys = keysOf(schema);
  if (keys.length > 0) return [`a mapping (${keys.join(', ')})`];
  const { type, format } = definitionOf(schema);
  return [format === 'url' ? 'a URL' : nameType(type)];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
};

export const nameType = (type: string): string => TYPE_NAMES[type] ?? type;

/** A value as a complaint quotes it. */
export function quote(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  // JSON has no word for what YAML writes as `.nan` and `.inf`.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
