/** Reads the parts of a zod schema (keys, alternatives, literals) that error messages name. */
import { z } from 'zod';

export type Schema = z.core.$ZodType;

/** Removes optionals, defaults and transforms; replaces a discriminated union by the alternative that the value names. */
export function unwrap(schema: Schema, value: unknown): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrap(schema.unwrap(), value);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in, value);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const named = String(childValue(value, discriminator));
  const form = schema.options.find((option) => literalsOf(childSchema(option, discriminator)).includes(named));
  return form ? unwrap(form, value) : schema;
}

/** The alternatives of a plain union, also of nested ones; undefined for any other schema. */
export function formsOf(schema: Schema): Schema[] | undefined {
  if (!(schema instanceof z.ZodUnion) || schema instanceof z.ZodDiscriminatedUnion) return undefined;
  return schema.options.flatMap((option) => formsOf(unwrap(option, undefined)) ?? [option]);
}

export const keysOf = (schema: Schema): string[] => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);

/** The texts that a literal or an enumeration accepts. */
export function literalsOf(schema: Schema | undefined): string[] {
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String);
  return schema instanceof z.ZodEnum ? schema.options.map(String) : [];
}

export function childSchema(schema: Schema, key: PropertyKey): Schema | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Readonly<Record<string, Schema>>)[String(key)];
  if (schema instanceof z.ZodArray) return schema.element;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

export const childValue = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;

/** Describes what a schema accepts: its literal texts, or a kind of value. */
export function nameForms(schema: Schema): string[] {
  const literals = literalsOf(schema);
  if (literals.length > 0) return literals.map((text) => `"${text}"`);
  const keys = keysOf(schema);
  if (keys.length > 0) return [`a mapping (${keys.join(', ')})`];
  if (schema instanceof z.ZodURL) return ['a URL'];
  return [schema instanceof z.ZodType ? nameType(schema.type) : 'a value'];
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

/** A value as messages quote it, at most 60 characters long. */
export function quote(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  // JSON has no word for what YAML writes as `.nan` and `.inf`.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
