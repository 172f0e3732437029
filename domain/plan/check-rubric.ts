/**
 * Checks that the checks of a rubric can work: data exist, expressions and patterns can be read, and every planned
 * combination has a result.
 */
import type { Catalog } from '../../contracts/catalog.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Combination, Plan } from '../../contracts/plan.ts';
import { promptView, render } from '../requests/prompt-view.ts';
import { ValueError } from '../rubric/polynomial.ts';
import { leadsBack, writeDerivation } from '../rubric/rubric-checks.ts';
import { compilePattern, valuesOf } from '../rubric/values.ts';
import { combinationKey } from './sample-combinations.ts';

export function checkRubric(catalog: Catalog): void {
  const { rubric, name } = catalog;
  const kinds = [rubric.skillCheck?.kind, ...rubric.points.map(({ check }) => check?.kind)];
  const derived = kinds.find((kind) => kind === 'step' || kind === 'answer');
  if (derived !== undefined && !rubric.derivation)
    throw new UserError(
      `catalog ${name}: rubric: check \`${derived}\` compares with a derivation, and there is none.`,
      'Add `derivation: {values: algebra}`, and data to topics (`start`) and skills (`apply`).',
    );
  if (rubric.derivation) checkData(catalog);
  for (const { id: topic } of catalog.topics) checkPoints(catalog, topic);
  for (const { id: skill } of catalog.skills) checkSkill(catalog, skill);
}

/** Requires that every start can be read, and that every operation works on at least one start. */
function checkData(catalog: Catalog): void {
  const { start, apply, values } = catalog.rubric.derivation as NonNullable<Catalog['rubric']['derivation']>;
  const { read, apply: work } = valuesOf(values);
  const starts = catalog.topics.map(({ id, data }) => {
    const place = `catalog ${catalog.name}: topics.${id}.data.${start}`;
    return attempt(place, data?.[start], (written) => read(written, true));
  });
  for (const { id, data } of catalog.skills) {
    const place = `catalog ${catalog.name}: skills.${id}.data.${apply}`;
    const reasons = starts.map((value) =>
      reasonOf(() => attempt(place, data?.[apply], (written) => work(written, value))),
    );
    if (reasons.every((reason) => reason !== undefined)) throw reasons[0] as UserError;
  }
}

function attempt<T>(place: string, written: string | undefined, make: (written: string) => T): T {
  if (written === undefined)
    throw new UserError(`${place} is missing.`, 'Every topic and skill of a catalog with a derivation needs its data.');
  try {
    return make(written);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new UserError(
      `${place}: "${written}" cannot be used: ${error.message}.`,
      'See docs/catalogs.md for what can.',
    );
  }
}

function reasonOf(make: () => unknown): UserError | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function checkSkill(catalog: Catalog, skill: string): void {
  const check = catalog.rubric.skillCheck;
  if (check?.kind !== 'pattern') return;
  const [view] = promptView(catalog, { skills: [skill], topic: catalog.topics[0]?.id ?? '' }).skills;
  attempt(
    `catalog ${catalog.name}: rubric.skillCheck.matches, skill ${skill}`,
    render(check.matches, view ?? {}),
    (written) => compilePattern(requireText(written)),
  );
}

function checkPoints(catalog: Catalog, topic: string): void {
  const view = promptView(catalog, { skills: [catalog.skills[0]?.id ?? ''], topic });
  for (const { id, check } of catalog.rubric.points) {
    const place = `catalog ${catalog.name}: rubric.points.${id}.check`;
    if (check?.kind === 'pattern')
      attempt(`${place}.matches`, render(check.matches, view), (written) => compilePattern(requireText(written)));
    if (check?.kind === 'equals')
      attempt(`${place}.to, topic ${topic}`, render(check.to, view), (written) =>
        valuesOf(check.values).read(requireText(written), true),
      );
  }
}

/** A template whose data are missing renders to an empty string, and an empty pattern would match every text. */
function requireText(rendered: string): string {
  if (rendered === '') throw new ValueError('it is empty: the data that its template names are missing');
  return rendered;
}

/** Requires that the derivation of every planned combination has a result. */
export function checkDerivations(plan: Pick<Plan, 'catalog' | 'compose' | 'evaluation'>): void {
  if (!plan.catalog.rubric.derivation) return;
  const seen = new Set<string>();
  for (const combination of [...plan.compose, ...plan.evaluation].flatMap(({ items }) => items)) {
    const key = [...combination.skills, combination.topic].join('|');
    if (seen.has(key)) continue;
    seen.add(key);
    checkDerivation(plan.catalog, combination);
  }
}

function checkDerivation(catalog: Catalog, combination: Combination): void {
  try {
    writeDerivation(catalog, combination);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const { skills, topic } = combination;
    throw new UserError(
      `catalog ${catalog.name}: skills ${skills.join(', ')} on topic ${topic} have no result: ${error.message}.`,
      'Choose operations that are defined on every result of the others, as `mod(x + 3, 7)`.',
    );
  }
}

export interface LeadingBack {
  readonly list: string;
  readonly k: number;
  readonly combinations: number;
  /** How many of these end with the value they started from. */
  readonly back: number;
}

/** Combinations whose right result is their start: there the last line of a text may be right without any work. */
export function countLeadingBack({ catalog, compose, evaluation }: Plan): LeadingBack[] {
  if (!catalog.rubric.derivation) return [];
  const lists = [
    ...compose.map(({ k, items }) => ({ list: 'training texts', k, items })),
    ...evaluation.map(({ k, setting, items }) => ({ list: setting, k, items })),
  ];
  return lists.map(({ list, k, items }) => {
    const distinct = [
      ...new Map(items.map((item) => [`${combinationKey(item)}|${item.skills.join()}`, item])).values(),
    ];
    const back = distinct.filter((item) => leadsBack(catalog, item)).length;
    return { list, k, combinations: distinct.length, back };
  });
}
