/** The points that programs decide: which these are, and what each text earns. Pure; no text is ever executed. */
import type { Catalog, Derivation, PointCheck, Rubric, SkillCheck } from '../../contracts/catalog.ts';
import type { Combination } from '../../contracts/plan.ts';
import { promptView, render, skillsOf, topicOf } from '../requests/prompt-view.ts';
import { ValueError } from './polynomial.ts';
import { compilePattern, valuesOf, type Values } from './values.ts';

/** Whether graders are asked for any point. */
export const judgesAny = ({ skillCheck, points }: Rubric): boolean => !skillCheck || points.some(({ check }) => !check);

/** How often each grader grades a text: never, if programs decide every point. */
export const roundsOf = (rubric: Rubric, gradings: number): number => (judgesAny(rubric) ? gradings : 0);

/** A point that a program decided, and why it is not earned. */
export interface Verdict {
  readonly earned: 0 | 1;
  readonly reason?: string;
}

/** The verdict on each point of a text; undefined for points that graders decide. */
export type CheckText = (text: string) => readonly (Verdict | undefined)[];

/** A longer text earns nothing. */
const LONGEST = 100_000;

type CheckOne = (results: readonly string[], text: string) => Verdict;

/** Undefined where the rubric leaves every point to graders. */
export function checkerOf(catalog: Catalog, combination: Combination): CheckText | undefined {
  const { rubric } = catalog;
  if (!rubric.skillCheck && rubric.points.every(({ check }) => !check)) return undefined;
  let check: CheckText | undefined;
  return remembered(catalog, combination, (text) => (check ??= makeChecker(catalog, combination))(text));
}

const decisions = new WeakMap<Catalog, Map<string, ReturnType<CheckText>>>();
const MOST_REMEMBERED = 10_000;

/** Remembers recent decisions, because scoring checks a text again for every metric, variant and table. */
function remembered(catalog: Catalog, { skills, topic }: Combination, check: CheckText): CheckText {
  const known = decisions.get(catalog) ?? new Map<string, ReturnType<CheckText>>();
  decisions.set(catalog, known);
  return (text) => {
    const key = JSON.stringify([skills, topic, text]);
    const decided = known.get(key) ?? check(text);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(key, decided);
    return decided;
  };
}

function makeChecker(catalog: Catalog, combination: Combination): CheckText {
  const { rubric } = catalog;
  const view = promptView(catalog, combination);
  const skills = view.skills.map((skill, place) =>
    rubric.skillCheck ? checkSkill(catalog, combination, rubric.skillCheck, { place, view: skill }) : undefined,
  );
  const points = rubric.points.map(({ check }) => (check ? checkPoint(catalog, combination, check, view) : undefined));
  return (text) => {
    const results = resultsOf(text);
    return [...skills, ...points].map((check) => check && guarded(() => check(results, text)));
  };
}

function checkSkill(
  catalog: Catalog,
  combination: Combination,
  check: SkillCheck,
  { place, view }: { readonly place: number; readonly view: object },
): CheckOne {
  if (check.kind === 'pattern') return checkPattern(check, view);
  const { values, start, operations } = derivationOf(catalog, combination);
  return (results) => {
    const given = results[place];
    if (given === undefined) return lost(`there is no result ${place + 1}`);
    const before = results[place - 1];
    const from = before === undefined ? values.read(start, true) : values.read(before, false);
    return compare(values, given, values.apply(operations[place] ?? '', from));
  };
}

function checkPoint(catalog: Catalog, combination: Combination, check: PointCheck, view: object): CheckOne {
  switch (check.kind) {
    case 'pattern':
      return checkPattern(check, view);
    case 'equals': {
      const values = valuesOf(check.values);
      return (results) => compareLast(values, results, values.read(render(check.to, view), true));
    }
    case 'answer': {
      const { values } = derivationOf(catalog, combination);
      return (results) => compareLast(values, results, derive(catalog, combination).at(-1));
    }
  }
}

function checkPattern({ matches, unless }: Extract<PointCheck, { kind: 'pattern' }>, view: object): CheckOne {
  const pattern = render(matches, view);
  return (_results, text) => {
    if (text.length > LONGEST) return lost(`the text has more than ${LONGEST} characters`);
    if (compilePattern(pattern).matcher(text).find() !== unless) return { earned: 1 };
    return lost(`the text ${unless ? 'matches' : 'does not match'} ${pattern}`);
  };
}

const lost = (reason: string): Verdict => ({ earned: 0, reason });

const compareLast = (values: Values<unknown>, results: readonly string[], expected: unknown): Verdict => {
  const given = results.at(-1);
  return given === undefined ? lost('there is no result') : compare(values, given, expected);
};

const compare = (values: Values<unknown>, given: string, expected: unknown): Verdict =>
  values.isSame(values.read(given, false), expected)
    ? { earned: 1 }
    : lost(`"${given.slice(0, 80)}" is not ${values.write(expected)}`);

/** A result that cannot be read, or is too large to compare, does not earn the point. */
function guarded(check: () => Verdict): Verdict {
  try {
    return check();
  } catch (error) {
    if (error instanceof ValueError) return lost(error.message);
    throw error;
  }
}

/** Signs that are dropped around a result; a full stop or comma only after it. */
const WRAPPING = new Set(' \t\u00a0*_$`"\'');
const CLOSING = new Set([...WRAPPING, '.', ',']);

function unwrap(result: string): string {
  let [from, to] = [0, result.length];
  while (from < to && WRAPPING.has(result.charAt(from))) from += 1;
  while (to > from && CLOSING.has(result.charAt(to - 1))) to -= 1;
  return result.slice(from, to);
}

/**
 * The results of a text: what follows the last "=" or arrow of each line, or of each part of a line between semicolons.
 */
export function resultsOf(text: string): string[] {
  if (text.length > LONGEST) return [];
  return text
    .split(/[\n\r;]+/)
    .map((step) => step.slice(Math.max(step.lastIndexOf('='), step.lastIndexOf('→')) + 1))
    .map(unwrap)
    .filter((result) => result !== '');
}

interface DerivationParts {
  readonly values: Values<unknown>;
  readonly start: string;
  readonly operations: readonly string[];
}

/** Throws `ValueError` where data are missing. */
function derivationOf(catalog: Catalog, combination: Combination): DerivationParts {
  const keys: Derivation | undefined = catalog.rubric.derivation;
  if (!keys) throw new ValueError('the rubric has no `derivation`');
  const start = topicOf(catalog, combination.topic).data?.[keys.start];
  const operations = skillsOf(catalog, combination).map(({ data }) => data?.[keys.apply]);
  if (start === undefined) throw new ValueError(`topic "${combination.topic}" has no data.${keys.start}`);
  return {
    values: valuesOf(keys.values),
    start,
    operations: operations.map((operation, index) => {
      if (operation !== undefined) return operation;
      throw new ValueError(`skill "${combination.skills[index]}" has no data.${keys.apply}`);
    }),
  };
}

/** The value of the topic's start, then of each skill in order. Throws `ValueError`. */
function derive(catalog: Catalog, combination: Combination): unknown[] {
  const { values, start, operations } = derivationOf(catalog, combination);
  const derived: unknown[] = [values.read(start, true)];
  for (const [index, operation] of operations.entries())
    try {
      derived.push(values.apply(operation, derived[index]));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new ValueError(`skill "${combination.skills[index]}" on ${values.write(derived[index])}: ${error.message}`);
    }
  return derived;
}

/** The values of a derivation in writing. */
export const writeDerivation = (catalog: Catalog, combination: Combination): string[] => {
  const { values } = derivationOf(catalog, combination);
  return derive(catalog, combination).map((value) => values.write(value));
};

/** Whether the skills together lead back to the start: such a text may be right without any work. */
export function leadsBack(catalog: Catalog, combination: Combination): boolean {
  const { values } = derivationOf(catalog, combination);
  const derived = derive(catalog, combination);
  return values.isSame(derived[0], derived.at(-1));
}
