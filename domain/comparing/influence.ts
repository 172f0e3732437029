/** Leave one skill out: which skill a difference depends on most. */
import type { Influence } from '../../contracts/results.ts';
import { round4 } from '../statistics/round.ts';
import type { Paired } from './score-table.ts';

/**
 * The difference without the combinations that contain a skill, for the skill without which it changes most (the first
 * by name in a tie). Null where every skill is in all combinations or in none.
 */
export function mostInfluentialSkill({ combinations, differences }: Paired): Influence | null {
  const all = { sum: 0, pairs: 0 };
  const bySkill = new Map<string, { sum: number; pairs: number }>();
  for (const [index, difference] of differences.entries()) {
    if (difference === null) continue;
    const skills = new Set(combinations[index]?.skills ?? []);
    for (const total of [all, ...[...skills].map((skill) => totalOf(bySkill, skill))]) {
      total.sum += difference;
      total.pairs += 1;
    }
  }
  const without = [...bySkill].flatMap(([skill, part]) => {
    const pairs = all.pairs - part.pairs;
    return pairs === 0 ? [] : [{ skill, without: round4((all.sum - part.sum) / pairs), pairs }];
  });
  const moves = ({ without: left }: Influence): number => Math.abs(left - all.sum / all.pairs);
  without.sort((a, b) => moves(b) - moves(a) || (a.skill < b.skill ? -1 : 1));
  return without[0] ?? null;
}

function totalOf(totals: Map<string, { sum: number; pairs: number }>, skill: string) {
  const total = totals.get(skill) ?? { sum: 0, pairs: 0 };
  totals.set(skill, total);
  return total;
}
