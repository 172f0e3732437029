import { describe, expect, it } from '@jest/globals';
import type { CellOutcome, TextOutcome } from '../../../contracts/outcomes.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { canonicalJson } from '../../../domain/basics/hash.ts';
import { describeFailures } from '../../../domain/failures/describe-failures.ts';
import { cell, graded, measuredPlan, missing, written } from '../../support/measured-plan.ts';

const base = { id: 'base', untrained: true as const };
const arm = { id: '1,2', take: { 1: 'all' as const } };

/** Labels that say which point is the topic's. */
const planOf = (options: Parameters<typeof measuredPlan>[0] = {}): Plan => {
  const plan = measuredPlan({ arms: [base, arm], ...options });
  const [topic, ...others] = plan.catalog.rubric.points;
  const points = [{ id: topic?.id ?? '', label: 'is about {{topic}}' }, ...others];
  return { ...plan, catalog: { ...plan.catalog, rubric: { ...plan.catalog.rubric, points } } };
};
const none = () => new Set<string>();
/** Points of simile and tricolon; topic, sense and length are earned. */
const answer = (simile: number, tricolon: number, text?: string): TextOutcome =>
  written([graded(simile, tricolon, 1, 1, 1)], text);
const describeOne = (cells: CellOutcome[], plan = planOf()) => describeFailures(cells, plan, none);

describe('what fails', () => {
  it('gives each skill its rate over combinations, with n, by company', () => {
    const pair = cell([[answer(1, 0), answer(0, 0)], [answer(1, 1)]]);
    const single = cell([[written([graded(0, 1, 1, 1)])]], { k: 1 });
    const alone = { ...single, items: single.items.map((item) => ({ ...item, combination: one(item.combination) })) };
    const [group] = describeOne([pair, alone]).groups;
    const [simile, tricolon] = group?.skills ?? [];
    expect(simile).toMatchObject({ skill: 'simile', category: 'figures', combinations: 3, texts: 4, mean: 0.5 });
    expect(simile?.company).toMatchObject([
      { others: 0, combinations: 1, texts: 1, mean: 0 },
      { others: 1, combinations: 2, texts: 3, mean: 0.75 },
    ]);
    expect(tricolon).toMatchObject({ combinations: 2, texts: 3, mean: 0.5 });
    expect(group?.categories).toMatchObject([{ category: 'figures', combinations: 3, texts: 4 }]);
  });

  it('counts trainings of an arm as more texts of the same combinations, not as more combinations', () => {
    const again = [0, 1].map((replicate) => cell([[answer(1, 0)]], { arm: '1,2', replicate }));
    const [group] = describeOne(again).groups;
    expect(group?.skills[0]).toMatchObject({ combinations: 1, texts: 2, mean: 1 });
  });

  it('uses the first grader alone and says which', () => {
    const strict = cell([[answer(1, 1)]]);
    const mild = cell([[answer(0, 0)]], { grader: 'mild' });
    const description = describeOne([mild, strict]);
    expect(description.grader).toBe('strict');
    expect(description.groups).toHaveLength(1);
    expect(description.groups[0]?.signatures).toMatchObject([{ k: 2, texts: 1, fullMarks: 1 }]);
  });

  it('counts signatures, keeps what has no score apart and leaves rates without texts n/a', () => {
    const texts: TextOutcome[] = [{ end: 'refused' }, { end: 'truncated' }, { end: 'failed', reason: 'x' }];
    const [group] = describeOne([cell([[...texts, written([missing]), answer(0, 1, 'a; b')]])]).groups;
    expect(group?.signatures).toMatchObject([
      { texts: 3, missing: 2, fullMarks: 0, signatures: { refused: 1, truncated: 1, lists: 1, empty: 0 }, unnamed: 0 },
    ]);
    const [failed] = describeOne([cell([[{ end: 'failed', reason: 'x' }]])]).groups;
    expect(failed).toMatchObject({ skills: [], topics: [], length: [], exposure: [] });
    expect(failed?.leakage.named).toEqual({ combinations: 0, texts: 0, mean: null, ci: null });
  });

  it('says n/a, not 0, of signatures whose point the rubric lacks', () => {
    const [group] = describeOne([cell([[answer(0, 1)]])], measuredPlan({ arms: [base] })).groups;
    expect(group?.signatures[0]?.signatures['off-topic']).toBeNull();
    expect(group?.topics[0]?.pertains).toBeNull();
  });

  it('gives topics full marks and how many texts pertain to them', () => {
    const off = written([graded(1, 1, 0, 1, 1)]);
    const [group] = describeOne([cell([[answer(1, 1)], [off]])]).groups;
    expect(group?.topics).toMatchObject([{ topic: 'sewing', combinations: 2, texts: 2, mean: 0.5, pertains: 0.5 }]);
  });

  it('measures length in words beside full marks, without a correlation where one side is constant', () => {
    const words = [answer(1, 1, 'Two words.'), answer(0, 1, 'Here are four words.')];
    const [group] = describeOne([cell([words])]).groups;
    expect(group?.length).toEqual([{ k: 2, texts: 2, meanWords: 3, withFullMarks: 2, without: 4, correlation: -1 }]);
    const [same] = describeOne([cell([[answer(1, 1), answer(1, 1)]])]).groups;
    expect(same?.length[0]).toMatchObject({ withFullMarks: 2, without: null, correlation: null });
  });

  it('compares skills that are named with those that are not, before any deduction', () => {
    const plan = planOf();
    const deducting = {
      ...plan,
      science: { ...plan.science, evaluation: { ...plan.science.evaluation, deductNames: 'names' } },
    } as Plan;
    const cells = [cell([[answer(1, 0, 'This simile is like rain.')]])];
    const [kept] = describeOne(cells).groups;
    const [deducted] = describeOne(cells, deducting).groups;
    expect(kept?.leakage).toMatchObject({ named: { mean: 1, texts: 1 }, unnamed: { mean: 0, texts: 1 } });
    expect(deducted?.leakage).toEqual(kept?.leakage);
    expect(kept?.signatures[0]?.signatures.names).toBe(0);
    expect(deducted?.signatures[0]?.signatures.names).toBe(1);
  });

  it('shows skill sets that training never held beside all, for trained arms only', () => {
    const items = cell([[answer(1, 1)], [answer(0, 0)]], { arm: '1,2' });
    const [seen, other] = items.items;
    const changed = { ...other!, combination: { ...other!.combination, skills: ['simile', 'rhetorical-question'] } };
    const cells = [{ ...items, items: [seen!, changed] }, cell([[answer(1, 1)]])];
    const { groups } = describeFailures(cells, planOf(), () => new Set(['simile+tricolon']));
    expect(groups[0]?.exposure).toMatchObject([{ k: 2, all: { combinations: 2, metrics: { fullMarks: 0.5 } } }]);
    expect(groups[0]?.exposure[0]?.unseen).toMatchObject({ combinations: 1, metrics: { fullMarks: 0 } });
    expect(groups[1]?.exposure).toEqual([]);
    const all = describeFailures(cells, planOf(), () => new Set(['simile+tricolon', 'rhetorical-question+simile']));
    expect(all.groups[0]?.exposure[0]?.unseen).toMatchObject({ combinations: 0, metrics: { fullMarks: null } });
  });
});

const one = <T extends object>(combination: T) => ({ ...combination, skills: ['simile'] });

const times = (count: number, make: (index: number) => TextOutcome[]) =>
  Array.from({ length: count }, (_, i) => make(i));

describe('skills that fail together', () => {
  const together = times(24, (i) => [i < 12 ? answer(0, 0) : answer(1, 1)]);

  it('have the lift of observed over expected, with n', () => {
    const { pairs } = describeOne([cell(together)]).coFailures;
    expect(pairs).toEqual([
      { skills: ['simile', 'tricolon'], texts: 24, combinations: 24, bothFailed: 12, expected: 6, lift: 2 },
    ]);
  });

  it('are no pair only because an arm fails at everything', () => {
    const bad = cell(times(20, () => [answer(0, 0)]));
    const good = cell(
      times(20, () => [answer(1, 1)]),
      { arm: '1,2' },
    );
    expect(describeOne([bad, good]).coFailures.pairs).toMatchObject([{ texts: 40, bothFailed: 20, lift: 1 }]);
  });

  it.each([
    ['texts', cell(together.slice(3, 22))],
    ['combinations', cell([together.flat().slice(0, 12), together.flat().slice(12)])],
    ['expected', cell(times(24, (i) => [i < 4 ? answer(0, 0) : answer(1, 1)]))],
  ])('are listed only with enough %s', (_, few) => {
    expect(describeOne([few]).coFailures.pairs).toEqual([]);
  });

  it('leave refused and truncated texts out', () => {
    const cells = [cell([...together, ...times(30, (): TextOutcome[] => [{ end: 'refused' }])])];
    expect(describeOne(cells).coFailures.pairs[0]).toMatchObject({ texts: 24, lift: 2 });
  });
});

describe('examples', () => {
  const many = [cell(times(30, (i) => [answer(0, 1, `a${i}; b`)]))];

  it('are up to three of a signature, the same each time, others under another seed', () => {
    const plan = planOf();
    const other = { ...plan, science: { ...plan.science, seed: 2 } } as Plan;
    const [first, again, seeded] = [describeOne(many), describeOne(many), describeOne(many, other)];
    expect(first.examples).toHaveLength(3);
    expect(canonicalJson(again)).toBe(canonicalJson(first));
    expect(seeded.examples).not.toEqual(first.examples);
    expect(new Set(first.examples.map(({ text }) => text)).size).toBe(3);
  });

  it('name where they stand', () => {
    const [example] = describeOne(many).examples;
    expect(example?.text).toBe(`a${example?.combination}; b`);
    expect(example).toMatchObject({ signature: 'lists', arm: 'base', k: 2, topic: 'sewing', generation: 0 });
  });

  it('are none where a signature shows nowhere or leaves no text', () => {
    expect(describeOne([cell([[answer(1, 1), { end: 'refused' }]])]).examples).toEqual([]);
  });
});
