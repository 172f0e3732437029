/** Pairs of skills that fail together: observed against expected, within student, arm, setting and k. */
import type { CoFailure, FailureDescription } from '../../contracts/outputs/failure-description.ts';
import { round4 } from '../statistics/round.ts';
import { mean } from '../statistics/statistics.ts';
import { unitOf, type JudgedText } from './judge-texts.ts';
import { groupBy, skillTrials, type SkillTrial } from './rates.ts';

/** With fewer, a pair says more about its few combinations, or about chance, than about its skills. */
const MINIMUM = { texts: 20, combinations: 3, expected: 1 };
const LISTED = 50;

interface Joint {
  readonly skills: readonly [string, string];
  readonly units: Set<string>;
  texts: number;
  bothFailed: number;
  expected: number;
}

/**
 * The rates behind `expected` are each skill's own in that student, arm, setting and k, over all generated texts: so an
 * arm or a k at which everything fails yields no pair. Refused and truncated texts fail as a whole and are left out.
 */
export function findCoFailures(texts: readonly JudgedText[]): FailureDescription['coFailures'] {
  const written = texts.filter(({ judged }) => judged?.end === 'generated');
  const pairs = new Map<string, Joint>();
  for (const stratum of groupBy(written, stratumOf).values()) {
    const trials = skillTrials(stratum);
    const rates = failureRates(trials);
    for (const same of groupBy(trials, ({ text }) => text).values()) addPairs(pairs, same, rates);
  }
  const enough = [...pairs.values()].filter(isEnough).map(describePair);
  return { minimum: MINIMUM, pairs: enough.sort(byLift).slice(0, LISTED) };
}

const stratumOf = ({ cell }: JudgedText): string => [cell.student, cell.arm, cell.setting, cell.k].join('|');

const hasFailed = ({ value }: SkillTrial): number => (value === 1 ? 0 : 1);

const failureRates = (trials: readonly SkillTrial[]): Map<string, number> =>
  new Map([...groupBy(trials, ({ skill }) => skill)].map(([skill, own]) => [skill, mean(own.map(hasFailed)) ?? 0]));

function addPairs(pairs: Map<string, Joint>, trials: readonly SkillTrial[], rates: ReadonlyMap<string, number>): void {
  const sorted = [...trials].sort((a, b) => compareIds(a.skill, b.skill));
  for (const [place, one] of sorted.entries())
    for (const other of sorted.slice(place + 1)) {
      const key = `${one.skill}+${other.skill}`;
      const joint = pairs.get(key) ?? emptyJoint(one.skill, other.skill);
      pairs.set(key, joint);
      joint.units.add(unitOf(one.text));
      joint.texts += 1;
      joint.bothFailed += hasFailed(one) * hasFailed(other);
      joint.expected += (rates.get(one.skill) ?? 0) * (rates.get(other.skill) ?? 0);
    }
}

const emptyJoint = (one: string, other: string): Joint => ({
  ...{ skills: [one, other], units: new Set() },
  ...{ texts: 0, bothFailed: 0, expected: 0 },
});

/** A sum of floating-point products may fall just short of a whole number. */
const EPSILON = 1e-9;
const isEnough = ({ texts, units, expected }: Joint): boolean =>
  texts >= MINIMUM.texts && units.size >= MINIMUM.combinations && expected >= MINIMUM.expected - EPSILON;

const describePair = ({ skills, units, texts, bothFailed, expected }: Joint): CoFailure => ({
  ...{ skills, texts, combinations: units.size, bothFailed },
  ...{ expected: round4(expected), lift: round4(bothFailed / expected) },
});

const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byLift = (a: CoFailure, b: CoFailure): number =>
  b.lift - a.lift || b.texts - a.texts || compareIds(a.skills.join('+'), b.skills.join('+'));
