/** Checks that templates name only what is in their view: Mustache silently renders an unknown name as nothing. */
import Mustache from 'mustache';
import type { Catalog } from '../../contracts/catalog.ts';
import { UserError } from '../../contracts/failures.ts';
import { requireKnown } from './require.ts';

/** What a name in a view refers to: a value, an object with names of its own, or a list of such objects. */
type Seen = 'value' | { readonly parts: Scope } | { readonly each: Scope };
interface Scope {
  readonly [name: string]: Seen;
}
type Token = readonly [type: string, name: string, start: number, end: number, inner?: readonly Token[]];

const valuesOf = (names: readonly string[]): Scope => Object.fromEntries(names.map((name) => [name, 'value']));

/** The names in the views of `domain/requests/prompt-view.ts`. `data` has every key that any skill or topic has. */
function scopesOf({ skills, topics }: Catalog) {
  const dataOf = (entries: readonly { readonly data?: object | undefined }[]): Seen => ({
    parts: valuesOf([...new Set(entries.flatMap(({ data = {} }) => Object.keys(data)))].sort()),
  });
  const skill: Scope = { ...valuesOf(['name', 'definition', 'example', 'number', 'last']), data: dataOf(skills) };
  const writer: Scope = {
    ...valuesOf(['topic', 'k', 'skillNames', 'limit', 'limitWords', 'plural', 'several', 'many']),
    topicData: dataOf(topics),
    skills: { each: skill },
  };
  const grader: Scope = { ...writer, text: 'value', rows: { each: valuesOf(['number', 'label']) } };
  return { skill, writer, grader };
}

/** Keys of data, which each catalog chooses. */
const OPTIONAL = /^(data|topicData)\.[^.]+$/;

export function checkTemplates(catalog: Catalog): void {
  const { prompts, rubric, name } = catalog;
  const { skill, writer, grader } = scopesOf(catalog);
  for (const role of ['teacher', 'student'] as const)
    for (const [variant, { turns }] of Object.entries(prompts[role]))
      for (const [index, turn] of turns.entries())
        checkTemplate(`prompts ${prompts.id}: ${role}.${variant}.turns, turn ${index + 1}`, turn, writer);
  for (const [variant, { turn }] of Object.entries(prompts.grader))
    checkTemplate(`prompts ${prompts.id}: grader.${variant}.turn`, turn, grader);
  const place = `catalog ${name}: rubric`;
  checkTemplate(`${place}.skillLabel`, rubric.skillLabel, skill);
  if (rubric.skillCheck?.kind === 'pattern')
    checkTemplate(`${place}.skillCheck.matches`, rubric.skillCheck.matches, skill);
  for (const { id, label, check } of rubric.points) {
    checkTemplate(`${place}.points.${id}.label`, label, writer);
    if (check?.kind === 'pattern') checkTemplate(`${place}.points.${id}.check.matches`, check.matches, writer);
    if (check?.kind === 'equals') checkTemplate(`${place}.points.${id}.check.to`, check.to, writer);
  }
}

function checkTemplate(place: string, template: string, scope: Scope): void {
  checkTokens(place, parse(place, template), [scope]);
}

function parse(place: string, template: string): readonly Token[] {
  try {
    return Mustache.parse(template) as Token[];
  } catch (cause) {
    throw new UserError(
      `${place}: ${(cause as Error).message}.`,
      'Close what was opened, as `{{#skills}}{{name}}{{/skills}}`.',
      { cause },
    );
  }
}

/** `scopes` from the innermost outwards: a section sees its own names first, then those around it. */
function checkTokens(place: string, tokens: readonly Token[], scopes: readonly Scope[]): void {
  for (const [type, name, , , inner = []] of tokens) {
    if (type === '>')
      throw new UserError(`${place}: {{>${name}}} names another template.`, 'Write the text of that template instead.');
    if (!['name', '&', '#', '^'].includes(type)) continue;
    // `{{.}}` is the value of the section around it. A section may test for data that only some skills or topics have.
    if (name === '.' && scopes.length > 1) continue;
    if (OPTIONAL.test(name) && '#^'.includes(type)) {
      checkTokens(place, inner, [{ [name]: 'value' }, ...scopes]);
      continue;
    }
    requireKnown(place, name, scopes.flatMap(namesIn));
    checkTokens(place, inner, type === '#' ? [...insideOf(name, scopes), ...scopes] : scopes);
  }
}

const namesIn = (scope: Scope): string[] =>
  Object.entries(scope).flatMap(([name, seen]) =>
    seen !== 'value' && 'parts' in seen ? [name, ...namesIn(seen.parts).map((part) => `${name}.${part}`)] : [name],
  );

function insideOf(name: string, scopes: readonly Scope[]): Scope[] {
  const seen = scopes.find((scope) => name in scope)?.[name];
  if (seen === undefined || seen === 'value') return [];
  return ['parts' in seen ? seen.parts : seen.each];
}
