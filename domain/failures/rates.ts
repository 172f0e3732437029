/** Means over combinations of what their texts earn: by skill and number of other skills, by category, by topic. */
import type { Catalog } from '../../contracts/catalog.ts';
import type { Rate, SkillFailures, TopicFailures } from '../../contracts/outputs/failure-description.ts';
import { round4 } from '../statistics/round.ts';
import { mean, summariseShares } from '../statistics/statistics.ts';
import { unitOf, type JudgedText, type ScoredText } from './judge-texts.ts';
import type { PointPlaces } from './signatures.ts';

/** One thing that a text earns or not. Texts of one combination are not independent, so they share a `unit`. */
export interface Trial {
  readonly unit: string;
  readonly text: JudgedText;
  readonly value: number;
}

export function rateOf(trials: readonly Trial[]): Rate {
  const units = [...groupBy(trials, ({ unit }) => unit).values()];
  const { mean: centre, ci } = summariseShares(units.map((same) => mean(same.map(({ value }) => value)) ?? 0));
  return {
    combinations: units.length,
    texts: new Set(trials.map(({ text }) => text)).size,
    mean: centre === null ? null : round4(centre),
    ci: ci === null ? null : [round4(ci[0]), round4(ci[1])],
  };
}

/** Groups in the order in which their keys first appear. */
export function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

export interface SkillTrial extends Trial {
  readonly skill: string;
  readonly named: boolean;
  /** Before any deduction for names. */
  readonly given: number;
}

/** One trial for each skill of each scored text. */
export const skillTrials = (texts: readonly JudgedText[]): SkillTrial[] =>
  texts.flatMap((text) => {
    const { judged } = text;
    if (!judged) return [];
    return text.item.combination.skills.map((skill, place) => ({
      ...{ unit: unitOf(text), text, skill },
      ...{ value: judged.points[place] ?? 0, given: judged.given[place] ?? 0, named: judged.names[place] ?? false },
    }));
  });

/** In the catalog's order; skills without any text are left out. */
export function describeSkills(trials: readonly SkillTrial[], { skills }: Catalog): SkillFailures[] {
  const bySkill = groupBy(trials, ({ skill }) => skill);
  return skills.flatMap(({ id, category }) => {
    const own = bySkill.get(id);
    if (!own) return [];
    const byCompany = [...groupBy(own, ({ text }) => text.cell.k - 1)].sort(([a], [b]) => a - b);
    const company = byCompany.map(([others, beside]) => ({ others, ...rateOf(beside) }));
    return [{ skill: id, category, ...rateOf(own), company }];
  });
}

export function describeCategories(trials: readonly SkillTrial[], { skills, categories }: Catalog) {
  const categoryOf = new Map(skills.map(({ id, category }) => [id, category]));
  const byCategory = groupBy(trials, ({ skill }) => categoryOf.get(skill));
  return Object.keys(categories).flatMap((category) => {
    const own = byCategory.get(category);
    return own ? [{ category, ...rateOf(own) }] : [];
  });
}

type Scored = JudgedText & { readonly judged: ScoredText };
export const isScored = (text: JudgedText): text is Scored => text.judged !== null;

/** Full marks by topic, and how many of its texts pertain to it. */
export function describeTopics(
  texts: readonly JudgedText[],
  { topics }: Catalog,
  { topic: place }: PointPlaces,
): TopicFailures[] {
  const byTopic = groupBy(texts.filter(isScored), ({ item }) => item.combination.topic);
  return topics.flatMap(({ id }) => {
    const own = byTopic.get(id);
    if (!own) return [];
    const trials = own.map((text) => ({ unit: unitOf(text), text, value: text.judged.fullMarks ? 1 : 0 }));
    const pertaining = own.map((text) => ({
      ...{ unit: unitOf(text), text },
      value: place === undefined ? 0 : (text.judged.points[text.cell.k + place] ?? 0),
    }));
    return [{ topic: id, ...rateOf(trials), pertains: place === undefined ? null : rateOf(pertaining).mean }];
  });
}
