/** How many of the evaluated skill sets occurred in training. */
import type { Combination } from '../../contracts/plan.ts';

type WithSkills = Pick<Combination, 'skills'>;

/** Key of a skill set, the same for every order of the skills. */
export const skillSetKey = (skills: readonly string[]): string => [...skills].sort().join('+');

/** Share of the items whose skill set is among the trained ones (keys of `skillSetKey`). */
export function exposure(items: readonly WithSkills[], trainedSets: ReadonlySet<string>): number {
  if (items.length === 0) return 0;
  return items.filter(({ skills }) => trainedSets.has(skillSetKey(skills))).length / items.length;
}

/** The expected share when n training texts and the evaluated items draw their k skills uniformly from one pool. */
export function expectedExposure({ poolSize, k, n }: { poolSize: number; k: number; n: number }): number {
  if (n === 0 || k > poolSize) return 0;
  let sets = 1;
  for (let i = 1; i <= k; i += 1) sets *= (poolSize - k + i) / i;
  return -Math.expm1(n * Math.log1p(-1 / Math.round(sets)));
}

/** Share of the train skills that at least one kept text combines. */
export function skillCoverage(kept: readonly WithSkills[], trainSkills: readonly string[]): number {
  if (trainSkills.length === 0) return 0;
  const used = new Set(kept.flatMap(({ skills }) => skills));
  return trainSkills.filter((skill) => used.has(skill)).length / trainSkills.length;
}
