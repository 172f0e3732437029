/** Variance of a mean difference when skills and topics, not only combinations, are a sample. */
import type { Combination } from '../../contracts/plan.ts';
import { knownOf, type Paired } from './score-table.ts';

export interface CrossedVariance {
  readonly variance: number;
  /** Of Student's t: the fewer of skills and topics, less 1. */
  readonly degrees: number;
}

/**
 * A bootstrap that draws units (skills, or topics) with replacement, as many as there are, and weighs each combination
 * by 1 + what its units lie above 1 (first order: products of k + 1 weights explode) has a variance in closed form: the
 * sum over units of their squared residual sums. It is computed instead of drawn.
 *
 * Skills and topics are crossed, and a combination has k skills: what it has of its own is in the skills' sum k times and
 * in the topics' once, and is counted once, as in multiway clustering (Cameron, Gelbach and Miller 2011). Residuals from
 * a mean that the few units share are too small: with a share q = k / S of the units at a time, sums of what combinations
 * have of their own by 1 - q, sums of what units add by (1 - q)^2 / (1 - 1 / S); both are undone.
 * Never less than the combinations alone give. Null where units are too few for any statement on others.
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

/** What units add to what the combinations that hold them have of their own; `share` of the units is in each. */
function excess(sums: readonly number[], own: number, share: number): number {
  const total = sums.reduce((all, one) => all + one, 0);
  const drawn = sums.reduce((all, one) => all + one ** 2, 0) - total ** 2 / sums.length;
  return (drawn - (1 - share) * own) / ((1 - share) ** 2 / (1 - 1 / sums.length));
}

/** The same skills and topic are one unit, however often they stand in a list and in whichever order. */
export const combinationKey = ({ skills, topic }: Combination): string => JSON.stringify([[...skills].sort(), topic]);
