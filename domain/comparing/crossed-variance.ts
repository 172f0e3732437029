/** Variance of a mean difference when skills and topics, not only combinations, are a sample. */
import type { Combination } from '../../contracts/plan.ts';
import { knownOf, type Paired } from './score-table.ts';

export interface CrossedVariance {
  readonly variance: number;
  /** Degrees of freedom for Student's t: the smaller of the numbers of skills and topics, less 1. */
  readonly degrees: number;
}

/**
 * A bootstrap could draw the units (skills, or topics) with replacement and weight each combination by 1 plus what its
 * units' counts exceed 1 by. (That is the first-order form: products of k + 1 weights explode.) Its variance has a
 * closed form, the sum over units of their squared residual sums, which is computed here instead of drawn.
 *
 * Skills and topics are crossed, and a combination has k skills. The residual that is a combination's own therefore
 * enters the skills' sums k times and the topics' sums once; it must count once, as in multiway clustering (Cameron,
 * Gelbach and Miller 2011). Residuals from a mean that few units share are too small: if a share q = k / S of the units
 * is in each combination, the combinations' own sums shrink by 1 - q, and what units add by (1 - q)^2 / (1 - 1 / S);
 * both are undone. The result is never less than the variance from combinations alone. Null if the units are too few
 * for a statement about others.
 */
export function crossedVariance({ combinations, differences }: Paired): CrossedVariance | null {
  const known = knownOf(differences);
  const centre = known.reduce((sum, value) => sum + value, 0) / known.length;
  const sums = { skills: new Map<string, number>(), topics: new Map<string, number>(), own: new Map<string, OwnSum>() };
  for (const [index, combination] of combinations.entries()) {
    const difference = differences[index] ?? null;
    if (difference !== null) addResidual(sums, combination, difference - centre);
  }
  const own = [...sums.own.values()];
  const alone = own.reduce((total, { sum }) => total + sum ** 2, 0);
  const perSkill = own.reduce((total, { sum, k }) => total + k * sum ** 2, 0);
  const [skills, topics] = [[...sums.skills.values()], [...sums.topics.values()]];
  const skillsAtOnce = own.reduce((total, { k }) => total + k, 0) / own.length;
  if (skills.length <= skillsAtOnce || topics.length < 2) return null;
  const crossed = excess(skills, perSkill, skillsAtOnce / skills.length) + excess(topics, alone, 1 / topics.length);
  return {
    variance: (alone + Math.max(0, crossed)) / known.length ** 2,
    degrees: Math.min(skills.length, topics.length) - 1,
  };
}

interface OwnSum {
  readonly sum: number;
  readonly k: number;
}

interface ResidualSums {
  readonly skills: Map<string, number>;
  readonly topics: Map<string, number>;
  readonly own: Map<string, OwnSum>;
}

function addResidual({ skills, topics, own }: ResidualSums, combination: Combination, residual: number): void {
  for (const skill of combination.skills) skills.set(skill, (skills.get(skill) ?? 0) + residual);
  topics.set(combination.topic, (topics.get(combination.topic) ?? 0) + residual);
  const key = combinationKey(combination);
  own.set(key, { sum: (own.get(key)?.sum ?? 0) + residual, k: combination.skills.length });
}

/**
 * The part of the units' squared sums that their combinations' own residuals (`own`) do not explain; `share` is the
 * share of the units in each combination.
 */
function excess(sums: readonly number[], own: number, share: number): number {
  const total = sums.reduce((all, one) => all + one, 0);
  const drawn = sums.reduce((all, one) => all + one ** 2, 0) - total ** 2 / sums.length;
  return (drawn - (1 - share) * own) / ((1 - share) ** 2 / (1 - 1 / sums.length));
}

/** The same skills, in any order, and topic are one unit, however often they occur in a list. */
export const combinationKey = ({ skills, topic }: Combination): string => JSON.stringify([[...skills].sort(), topic]);
