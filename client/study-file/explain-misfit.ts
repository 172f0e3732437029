/** Explains why a value does not fit a schema, in lines that name the place and what it accepts. */
import { safeParse, type $ZodIssue } from 'zod/v4/core';
import { findNearest } from '../../domain/basics/nearest.ts';
import {
  childSchema,
  childValue,
  formsOf,
  keysOf,
  literalsOf,
  nameForms,
  nameType,
  quote,
  unwrap,
  type Schema,
} from './schema-views.ts';

type Path = readonly PropertyKey[];

interface Complaint {
  readonly place: string;
  readonly text: string;
  /** Whether the place has no value at all. */
  readonly missing?: boolean;
  /** For a misspelt key: the place that was probably meant. */
  readonly meant?: string;
}

/** One line per place, wrong values before missing ones. A key that is missing because it is misspelt gets no extra line. */
export function explainMisfit(schema: Schema, value: unknown): string[] {
  const complaints = explain(schema, value, []);
  const meant = new Set(complaints.map((complaint) => complaint.meant));
  const helpful = complaints.filter(({ missing, place }) => !(missing && meant.has(place)));
  const ordered = [...helpful.filter(({ missing }) => !missing), ...helpful.filter(({ missing }) => missing)];
  const lines = ordered.map(({ place, text }) => `${place}: ${text}`);
  return [...new Set(lines)];
}

const nameOf = (path: Path): string => (path.length === 0 ? 'the file' : path.map(String).join('.'));

const issuesOf = (schema: Schema, value: unknown): readonly $ZodIssue[] => safeParse(schema, value).error?.issues ?? [];

function explain(schema: Schema, value: unknown, at: Path): Complaint[] {
  return issuesOf(schema, value).flatMap((issue) => explainIssue(schema, value, issue, at));
}

/** Follows an issue's path to its place; a union on that path is explained by its alternative that fits best. */
function explainIssue(schema: Schema, value: unknown, issue: $ZodIssue, at: Path): Complaint[] {
  const here = unwrap(schema, value);
  const forms = formsOf(here);
  if (forms) return explainForms(forms, value, at);
  const [key, ...rest] = issue.path;
  // An invalid key is explained at its mapping, not by the value under it.
  const last = rest.length === 0 && issue.code === 'invalid_key';
  const child = key === undefined || last ? undefined : childSchema(here, key);
  if (key === undefined || child === undefined) return explainHere(here, value, issue, at);
  return explainIssue(child, childValue(value, key), { ...issue, path: rest }, [...at, key]);
}

function explainForms(forms: readonly Schema[], value: unknown, at: Path): Complaint[] {
  const near = typeof value === 'string' ? findNearest(value, forms.flatMap(literalsOf)) : undefined;
  const candidates = forms
    .filter((form) => !isOfAnotherKind(issuesOf(form, value)))
    .map((form) => ({ form, cost: costOf(form, value) }))
    .sort((a, b) => a.cost - b.cost);
  const [best] = candidates;
  if (best && value !== undefined && near === undefined) return explain(best.form, value, at);
  return [mismatch(nameOf(at), value, joinChoices(forms.flatMap(nameForms)), near)];
}

/** Whether a value is of another kind than an alternative, for example text for a mapping: then that one was not meant. */
const isOfAnotherKind = (issues: readonly $ZodIssue[]): boolean =>
  issues.some(({ path, code }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'));

/** How badly a value fits an alternative; a misspelt key counts less than an unknown one. */
function costOf(form: Schema, value: unknown): number {
  const known = keysOf(unwrap(form, value));
  const cost = (issue: $ZodIssue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.reduce((sum, key) => sum + (findNearest(key, known) ? 0.5 : 1), 0)
      : 1;
  return issuesOf(form, value).reduce((sum, issue) => sum + cost(issue), 0);
}

function mismatch(place: string, value: unknown, accepted: string, near?: string): Complaint {
  if (value === undefined) return { place, text: `is missing; it takes ${accepted}.`, missing: true };
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return { place, text: `must be ${accepted}, not ${quote(value)}.${hint}` };
}

const joinChoices = (choices: readonly string[]): string =>
  choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices[choices.length - 1]}`;

function explainHere(schema: Schema, value: unknown, issue: $ZodIssue, at: Path): Complaint[] {
  const place = nameOf([...at, ...issue.path]);
  const inner = issue.path.reduce(childValue, value);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, keysOf(schema), at));
    case 'invalid_type':
      return [mismatch(place, inner, nameType(issue.expected))];
    case 'invalid_value':
      return [oneOf(place, inner, issue.values.map(String))];
    case 'invalid_union':
      return [oneOf(place, inner, 'options' in issue ? (issue.options ?? []).map(String) : [])];
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ place, text: `${message}.` }));
    case 'too_big':
    case 'too_small':
      return [{ place, text: outOfRange(issue, inner) }];
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'custom':
      return [{ place, text: `${issue.message}${typeof inner === 'string' ? `, not ${quote(inner)}` : ''}.` }];
  }
}

function oneOf(place: string, value: unknown, values: readonly string[]): Complaint {
  const near = typeof value === 'string' ? findNearest(value, values) : undefined;
  return mismatch(place, value, joinChoices(values.map((text) => `"${text}"`)), near);
}

function unknownKey(key: string, known: readonly string[], at: Path): Complaint {
  const near = findNearest(key, known);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return {
    place: nameOf(at),
    text: `unknown key "${key}".${hint} Known here: ${known.join(', ')}.`,
    ...(near === undefined ? {} : { meant: nameOf([...at, near]) }),
  };
}

function outOfRange(issue: Extract<$ZodIssue, { code: 'too_big' | 'too_small' }>, value: unknown): string {
  const [word, bound] =
    issue.code === 'too_small'
      ? [issue.inclusive === false ? 'greater than' : 'at least', issue.minimum]
      : [issue.inclusive === false ? 'less than' : 'at most', issue.maximum];
  if (issue.origin === 'array') return `must have ${word} ${bound} element${Number(bound) === 1 ? '' : 's'}.`;
  if (issue.origin === 'string') return `must have ${word} ${bound} character${Number(bound) === 1 ? '' : 's'}.`;
  return `must be ${word} ${bound}, not ${quote(value)}.`;
}
