import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Combination } from '../../../contracts/plan.ts';
import { pick, randomStream } from '../../../domain/basics/random.ts';
import { makeResampler } from '../../../domain/comparing/bootstrap.ts';
import { crossedVariance } from '../../../domain/comparing/crossed-variance.ts';
import { mostInfluentialSkill } from '../../../domain/comparing/influence.ts';
import type { Paired } from '../../../domain/comparing/score-table.ts';
import { studentT95, summarise } from '../../../domain/statistics/statistics.ts';

const SKILLS = Array.from({ length: 12 }, (_, index) => `skill-${index}`);
const TOPICS = Array.from({ length: 20 }, (_, index) => `topic-${index}`);

const combine = (count: number, k: number, seed = 1): Combination[] => {
  const stream = randomStream(seed, 'combinations');
  return Array.from({ length: count }, () => {
    const skills = new Set<string>();
    while (skills.size < k) skills.add(pick(stream, SKILLS));
    return { skills: [...skills], topic: pick(stream, TOPICS) };
  });
};
const paired = (
  combinations: readonly Combination[],
  differences: readonly (number | null)[],
  trainings: Paired['trainings'] = [[0.5], [0.4]],
): Paired => ({ combinations, differences, trainings });
const resample = (one: Paired, seed = 1) =>
  makeResampler(one.combinations, randomStream(seed, 'bootstrap')).resample(one);
const width = (interval: readonly [number, number] | null): number =>
  interval ? interval[1] - interval[0] : Number.NaN;
const normal = (stream: ReturnType<typeof randomStream>): number =>
  Array.from({ length: 12 }, () => (stream.next() >>> 0) / 2 ** 32).reduce((sum, one) => sum + one, -6);

describe('the bootstrap', () => {
  const list = combine(80, 3);
  const values = list.map((_, index) => (index % 5 === 0 ? -1 : index % 2));

  it('agrees with the normal interval where combinations are many and all differ', () => {
    const { bootstrap } = resample(paired(list, values));
    const { ci } = summarise(values, [-1, 1]);
    expect(bootstrap![0]).toBeCloseTo(ci![0], 1);
    expect(bootstrap![1]).toBeCloseTo(ci![1], 1);
  });

  it('gives the same interval for the same seed, whatever was resampled before', () => {
    const resampler = makeResampler(list, randomStream(1, 'bootstrap'));
    const first = resampler.resample(paired(list, values, [[0.1, 0.6], [0.2]]));
    resampler.resample(
      paired(
        list,
        values.map((value) => -value),
      ),
    );
    expect(resampler.resample(paired(list, values, [[0.1, 0.6], [0.2]]))).toEqual(first);
    expect(resample(paired(list, values, [[0.1, 0.6], [0.2]]))).toEqual(first);
  });

  it('draws the same skills and topic together, in whichever order: copies add no certainty', () => {
    const turned = list.map(({ skills, topic }) => ({ skills: [...skills].reverse(), topic }));
    const twice = resample(paired([...list, ...turned], [...values, ...values]));
    const once = resample(paired(list, values));
    expect(width(twice.bootstrap) / width(once.bootstrap)).toBeCloseTo(1, 1);
    expect(width(twice.crossed) / width(once.crossed)).toBeCloseTo(1, 2);
  });

  it('leaves out combinations without a difference, without counting them as 0', () => {
    const half = values.map((value, index) => (index % 2 === 0 ? null : 0.5 + value / 10));
    const { bootstrap } = resample(paired(list, half));
    expect(bootstrap![0]).toBeGreaterThan(0.45);
  });

  it('has the exact interval where all differences are equal, and none without pairs', () => {
    const zeros = resample(
      paired(
        list,
        list.map(() => 0),
      ),
    );
    const edge = 1 - 0.025 ** (1 / 80);
    expect(zeros.bootstrap![1]).toBeCloseTo(edge, 4);
    expect(zeros.crossed).toEqual(zeros.bootstrap);
    expect(
      resample(
        paired(
          list,
          list.map(() => null),
        ),
      ),
    ).toEqual({ bootstrap: null, crossed: null });
    expect(resample(paired([], []))).toEqual({ bootstrap: null, crossed: null });
  });

  it('draws trainings too, where there are several, unbiased for two of them', () => {
    const apart = resample(paired(list, values, [[0.2, 0.8], [0.4]]));
    // Variance of the mean of two trainings: .3^2 * 2 / 1 / 2 = .09, far above what combinations add.
    const expected = 2 * 2.201 * Math.sqrt(0.09 + summarise(values, [-1, 1]).se! ** 2);
    expect(width(apart.crossed)).toBeCloseTo(expected, 1);
    // Two trainings drawn are both low, both high or one of each: the ends of the percentiles lie near the extremes.
    expect(width(apart.bootstrap)).toBeGreaterThan(0.6 * Math.SQRT2);
    const once = resample(paired(list, values, [[0.5], [0.4]]));
    expect(width(once.bootstrap)).toBeLessThan(0.5);
  });

  it('stays within what differences can be', () => {
    const list5 = combine(8, 2);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(-1, 0, 1, null), { minLength: 8, maxLength: 8 }), (differences) => {
        const { bootstrap, crossed } = resample(
          paired(list5, differences, [
            [0.1, 0.9],
            [0.5, 0.7],
          ]),
        );
        for (const ci of [bootstrap, crossed])
          if (ci) {
            expect(ci[0]).toBeGreaterThanOrEqual(-1);
            expect(ci[1]).toBeLessThanOrEqual(1);
            expect(ci[0]).toBeLessThanOrEqual(ci[1]);
          }
      }),
      { numRuns: 10 },
    );
  });

  it('refuses draws that were made for another list', () => {
    const resampler = makeResampler(list, randomStream(1, 'bootstrap'));
    expect(() => resampler.resample(paired(list.slice(1), values.slice(1)))).toThrow(
      '79 combinations, but draws for 80',
    );
  });
});

describe('the crossed interval', () => {
  /** The bootstrap that the closed form stands for, drawn: units with replacement, first-order weights. */
  function drawn(
    list: readonly Combination[],
    residuals: readonly number[],
    unitsOf: (one: Combination) => readonly string[],
  ) {
    const stream = randomStream(5, 'units');
    const units = [...new Set(list.flatMap(unitsOf))];
    const sums = Array.from({ length: 4000 }, () => {
      const counts = new Map<string, number>();
      for (const _ of units) {
        const unit = pick(stream, units);
        counts.set(unit, (counts.get(unit) ?? 0) + 1);
      }
      const weight = (one: Combination) => unitsOf(one).reduce((sum, unit) => sum + (counts.get(unit) ?? 0) - 1, 1);
      return list.reduce((sum, one, index) => sum + weight(one) * residuals[index]!, 0);
    });
    return summarise(sums, [-1e9, 1e9]).se! ** 2 * sums.length;
  }

  it('has the variance that drawing skills and topics would have', () => {
    const list = combine(60, 3);
    const effect = new Map(SKILLS.map((skill, index) => [skill, index / 6 - 1] as const));
    const values = list.map(({ skills }) => skills.reduce((sum, skill) => sum + effect.get(skill)!, 0) / 3);
    const centre = values.reduce((sum, value) => sum + value, 0) / 60;
    const residuals = values.map((value) => value - centre);
    const own = residuals.reduce((sum, value) => sum + value ** 2, 0);
    const skills = (drawn(list, residuals, (one) => one.skills) - 3 * own * (9 / 12)) / ((9 / 12) ** 2 / (11 / 12));
    const topics = (drawn(list, residuals, ({ topic }) => [topic]) - own * (19 / 20)) / (19 / 20);
    const { variance, degrees } = crossedVariance(paired(list, values))!;
    expect(variance / ((own + skills + topics) / 60 ** 2)).toBeCloseTo(1, 1);
    expect(degrees).toBe(11);
  });

  it('says nothing of other skills or topics where there is one topic, or no more skills than are combined', () => {
    const alone = combine(10, 2).map(({ skills }) => ({ skills, topic: 'one' }));
    expect(resample(paired(alone, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0])).crossed).toBeNull();
    const all = combine(10, 12);
    expect(resample(paired(all, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0])).crossed).toBeNull();
  });

  it('is no narrower than the combinations alone', () => {
    const list = combine(20, 3);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(-1, 0, 1), { minLength: 20, maxLength: 20 }), (values) => {
        const { se } = summarise(values, [-1, 1]);
        expect(crossedVariance(paired(list, values))!.variance).toBeGreaterThanOrEqual((se! ** 2 * 19) / 20 - 1e-12);
      }),
    );
  });

  it('covers the truth where skills differ, which the combinations alone do not', () => {
    const stream = randomStream(11, 'coverage');
    const hits = { alone: 0, crossed: 0 };
    for (let study = 0; study < 200; study += 1) {
      const list = combine(80, 3, study);
      const effect = new Map(SKILLS.map((skill) => [skill, 0.08 * normal(stream)] as const));
      const own = () => 0.2 * normal(stream);
      const values = list.map(({ skills }) => skills.reduce((sum, skill) => sum + effect.get(skill)!, own()));
      const { mean, se } = summarise(values, [-9, 9]);
      const { variance, degrees } = crossedVariance(paired(list, values))!;
      if (Math.abs(mean!) < 1.96 * se!) hits.alone += 1;
      if (Math.abs(mean!) < studentT95(degrees) * Math.sqrt(variance)) hits.crossed += 1;
    }
    expect(hits.crossed).toBeGreaterThan(180);
    expect(hits.alone).toBeLessThan(150);
  });
});

describe('leaving one skill out', () => {
  const list = [
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'c'],
    ['c', 'd'],
  ].map((skills) => ({ skills, topic: 't' }));

  it('names the skill that the difference hangs on, and what is left without it', () => {
    expect(mostInfluentialSkill(paired(list, [1, 1, 0, 0]))).toEqual({ skill: 'a', without: 0, pairs: 2 });
  });

  it('ignores what makes no pair, and a skill that is everywhere', () => {
    expect(mostInfluentialSkill(paired(list, [null, 1, 0, 0]))).toEqual({ skill: 'a', without: 0, pairs: 2 });
    expect(mostInfluentialSkill(paired(list, [1, 1, null, 0]))).toEqual({ skill: 'a', without: 0, pairs: 1 });
    expect(mostInfluentialSkill(paired([{ skills: ['a'], topic: 't' }], [1]))).toBeNull();
    expect(mostInfluentialSkill(paired([], []))).toBeNull();
  });
});
