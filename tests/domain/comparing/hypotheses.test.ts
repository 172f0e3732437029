import { describe, expect, it } from '@jest/globals';
import { hypothesisSchema, type Hypothesis } from '../../../contracts/hypotheses.ts';
import type { CellOutcome } from '../../../contracts/outcomes.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { Arm, Study } from '../../../contracts/study.ts';
import { compareGains } from '../../../domain/comparing/gains.ts';
import { testHypotheses } from '../../../domain/comparing/hypotheses.ts';
import { tabulateScores } from '../../../domain/comparing/score-table.ts';
import { checkHypotheses } from '../../../domain/plan/check-hypotheses.ts';
import { cell, graded, measuredPlan, written } from '../../support/measured-plan.ts';

const arms: Arm[] = [
  { id: 'base', untrained: true },
  { id: '1', take: { '1': 'all' } },
  { id: '1,2', take: { '1': 'all', '2': 'all' } },
];
const hypothesis = (given: Partial<Hypothesis> = {}): Hypothesis =>
  hypothesisSchema.parse({
    ...{ id: 'h', arm: '1', against: 'base', k: [2], setting: 'train', grader: 'strict' },
    ...given,
  });
const text = (score: number, k: number) => [
  written(Array.from({ length: 3 }, () => graded(...new Array<number>(k).fill(score), 1, 1, 1))),
];
const scores = (values: readonly number[], identity: Partial<CellOutcome>) =>
  cell(
    values.map((score) => text(score, identity.k ?? 2)),
    identity,
  );
const planOf = (...hypotheses: Hypothesis[]): Plan => measuredPlan({ arms, hypotheses, items: 8 });
const testAll = (cells: CellOutcome[], plan: Plan, hash = 'plan') =>
  testHypotheses({ tables: tabulateScores(cells, plan, ['fullMarks', 'skillFraction']), plan, hash });

const ones = [1, 1, 1, 1, 1, 1, 1, 0];
const zeros = [0, 0, 0, 0, 0, 0, 0, 0];

describe('hypotheses', () => {
  const cells = [
    scores(ones, { arm: '1' }),
    scores(zeros, {}),
    scores([1, 0, 1, 0, 0, 0, 0, 0], { arm: '1', grader: 'mild' }),
    scores(zeros, { grader: 'mild' }),
    scores([0, 0, 0, 0, 0, 0, 0, 1], { arm: '1,2' }),
  ];

  it('are tested as announced: 7 of 7 differences above 0', () => {
    const [found] = testAll(cells, planOf(hypothesis()));
    expect(found).toMatchObject({ id: 'h', student: 'tiny', pairs: 8, difference: 7 / 8, test: 'exact', p: 2 / 128 });
    expect(found).toMatchObject({ adjusted: 2 / 128, upheld: true, margin: null, trainings: 1 });
    expect(testAll(cells, planOf(hypothesis({ alternative: 'less' })))[0]).toMatchObject({ p: 1, upheld: false });
  });

  it('speak of their own metric, within -1 and 1, and say nothing of equivalence without two pairs', () => {
    const half = (values: readonly number[], arm: string) =>
      cell(
        values.map((score) => [written(Array.from({ length: 3 }, () => graded(1, score, 1, 1, 1)))]),
        { arm },
      );
    const both = [half(ones, '1'), half(zeros, 'base')];
    const [full, fraction] = testAll(
      both,
      planOf(hypothesis({ metric: 'fullMarks' }), hypothesis({ id: 'f', metric: 'skillFraction' })),
    );
    expect([full?.difference, fraction?.difference]).toEqual([7 / 8, 7 / 16]);
    expect(full?.ci?.[1]).toBe(1);
    expect(full?.ci?.[0]).toBeCloseTo(7 / 8 - 1.959963984540054 * Math.sqrt(7 / 64 / 7), 12);
    expect(full?.graders.find(({ grader }) => grader === 'strict')?.ci).toEqual(full?.ci);
    const single = [half([1], '1'), half([0], 'base')];
    const plan = measuredPlan({ arms, hypotheses: [hypothesis({ margin: 0.1 })], items: 1 });
    const untested = { test: null, p: null, adjusted: null, upheld: null };
    expect(testAll(single, plan)[0]).toMatchObject({ ...untested, pairs: 1, difference: 1 });
    expect(testAll(single, plan)[0]?.graders.map(({ conclusion }) => conclusion)).toEqual([null, null, null]);
    expect(testAll([], plan)[0]).toMatchObject({ ...untested, pairs: 0, difference: null, crossed: null });
  });

  it('are one family for Holm, those without data included', () => {
    const found = testAll(
      cells,
      planOf(
        hypothesis(),
        hypothesis({ id: 'weak', arm: '1,2' }),
        hypothesis({ id: 'unmeasured', setting: 'held-out' }),
        hypothesis({ id: 'again', alternative: 'greater' }),
      ),
    );
    expect(found.map(({ p }) => p)).toEqual([2 / 128, 1, null, 1 / 128]);
    expect(found.map(({ adjusted }) => adjusted)).toEqual([(3 * 2) / 128, 1, null, (4 * 1) / 128]);
    expect(found.map(({ upheld }) => upheld)).toEqual([true, false, null, true]);
    expect(found[2]).toMatchObject({ pairs: 0, difference: null, ci: null, bootstrap: null, influence: null });
  });

  it('pool the combinations of several k', () => {
    const deep = [scores(ones, { arm: '1', k: 3 }), scores(ones, { k: 3 })];
    const [found] = testAll([...cells, ...deep], planOf(hypothesis({ k: [2, 3] })));
    expect(found).toMatchObject({ pairs: 16, difference: 7 / 16, p: 2 / 128 });
  });

  it('stand under every grader, first those that neither wrote nor chose the training texts', () => {
    const [found] = testAll(cells, planOf(hypothesis()));
    expect(found?.graders.map(({ grader, independent }) => [grader, independent])).toEqual([
      ['mild', true],
      ['third', true],
      ['strict', false],
    ]);
    expect(found?.graders.map(({ conclusion }) => conclusion)).toEqual(['open', null, 'above']);
    const [mirrored] = testAll(cells, planOf(hypothesis({ arm: 'base', against: '1' })));
    expect(mirrored?.graders[2]?.conclusion).toBe('below');
  });

  it('of equivalence are upheld only where the difference is surely within the margin', () => {
    const near = Array.from({ length: 400 }, (_, index) => index % 2);
    const equal = [scores(near, { arm: '1' }), scores(near, {})];
    const wide = measuredPlan({ arms, hypotheses: [hypothesis({ margin: 0.05 })], items: 400 });
    expect(testAll(equal, wide)[0]).toMatchObject({ test: 'equivalence', upheld: true, difference: 0 });
    expect(testAll(equal, wide)[0]?.graders[2]?.conclusion).toBe('equivalent');
    const small = testAll([scores(zeros, { arm: '1' }), scores(zeros, {})], planOf(hypothesis({ margin: 0.05 })));
    expect(small[0]).toMatchObject({ upheld: false, difference: 0 });
    expect(small[0]?.graders[2]?.conclusion).toBe('open');
  });

  it('give the same bytes for the same plan, and other draws for another', () => {
    const many = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 1 : 0));
    const plan = measuredPlan({ arms, hypotheses: [hypothesis()], items: 60 });
    const both = [
      scores(
        many.map((_, index) => index % 2),
        { arm: '1' },
      ),
      scores(many, {}),
    ];
    expect(JSON.stringify(testAll(both, plan))).toBe(JSON.stringify(testAll(both, plan)));
    expect(testAll(both, plan)[0]?.p).not.toBe(testAll(both, plan, 'other')[0]?.p);
  });

  it('speak of one student where they name one', () => {
    const plan = planOf(hypothesis({ student: 'tiny' }));
    const two = {
      ...plan,
      science: { ...plan.science, students: [{ id: 'tiny' }, { id: 'large' }] },
    } as unknown as Plan;
    expect(testAll(cells, two).map(({ student }) => student)).toEqual(['tiny']);
    const all = { ...two, science: { ...two.science, hypotheses: [hypothesis()] } };
    expect(testAll(cells, all).map(({ student, p }) => [student, p])).toEqual([
      ['tiny', 2 / 128],
      ['large', null],
    ]);
  });
});

describe('checkHypotheses', () => {
  const check = (given: object) => {
    const { science } = planOf();
    return () => checkHypotheses({ ...science, hypotheses: [{ ...hypothesis(), ...given }] } as unknown as Study);
  };

  it('names what the study does not have, and the nearest it has', () => {
    expect(check({})).not.toThrow();
    expect(check({ arm: '1,3' })).toThrow('hypotheses.h.arm: "1,3"');
    expect(check({ against: 'bas' })).toThrow('hypotheses.h.against: "bas"');
    expect(check({ student: 'big' })).toThrow('hypotheses.h.student: "big"');
    expect(check({ k: [2, 7] })).toThrow('hypotheses.h.k: "7"');
    expect(check({ k: [2, 2] })).toThrow('hypotheses.h.k: "2" is listed twice');
    expect(check({ setting: 'heldout' })).toThrow('hypotheses.h.setting: "heldout"');
    expect(check({ grader: 'strickt' })).toThrow('hypotheses.h.grader: "strickt"');
  });

  it('refuses what cannot be tested', () => {
    expect(check({ against: '1' })).toThrow('is compared with itself');
    expect(check({ margin: 0.1, alternative: 'greater' })).toThrow('which is two-sided');
  });
});

describe('gains', () => {
  const flat = Array.from({ length: 50 }, (_, index) => index % 2);
  const low = flat.map(() => 0);
  const place = (arm: string, setting: string, k: number, values: readonly number[]) =>
    scores(values, { arm, setting, k });
  const plan = (): Plan => {
    const small = measuredPlan({ arms, items: 50 });
    const evaluation = { ...small.science.evaluation, k: [2, 3] };
    return { ...small, science: { ...small.science, evaluation } };
  };
  const gainsOf = (cells: CellOutcome[]) => compareGains(tabulateScores(cells, plan(), ['fullMarks']), plan());

  it('are held-out less train, at each k and averaged, with variances that add', () => {
    const rows = gainsOf([
      ...[2, 3].flatMap((k) => [place('base', 'train', k, low), place('base', 'held-out', k, low)]),
      ...[place('1', 'train', 2, flat), place('1', 'held-out', 2, low)],
      ...[place('1', 'train', 3, flat), place('1', 'held-out', 3, flat)],
    ]);
    expect(rows.map(({ arm, k, difference }) => [arm, k, difference])).toEqual([
      ['1', [2], -0.5],
      ['1', [3], 0],
      ['1', [2, 3], -0.25],
    ]);
    const half = Math.sqrt(0.25 / 49);
    const none = (1 - 0.025 ** (1 / 50)) / 1.959963984540054;
    expect(rows[0]?.se).toBeCloseTo(Math.hypot(half, none), 12);
    expect(rows[1]?.se).toBeCloseTo(half * Math.SQRT2, 12);
    expect(rows[2]?.se).toBeCloseTo(Math.hypot(rows[0]!.se!, rows[1]!.se!) / 2, 12);
    expect(rows[2]).toMatchObject({ heldOut: 0.25, train: 0.5, margin: 0.1, equivalent: false });
  });

  it('are equivalent only where the interval is narrow, and say nothing where a side has no pairs', () => {
    const same = [0, 1].flatMap(() => flat);
    const wide = gainsOf([
      ...[place('base', 'train', 2, same), place('base', 'held-out', 2, same)],
      ...[place('1', 'train', 2, same), place('1', 'held-out', 2, same)],
    ]);
    expect(wide[0]).toMatchObject({ difference: 0, equivalent: true });
    expect(gainsOf([place('base', 'train', 2, flat), place('1', 'train', 2, flat)])).toEqual([]);
  });
});
