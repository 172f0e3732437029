import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readModelData } from '../../../client/study-file/read-model-data.ts';
import { planStudy } from '../../../client/study-file/read-study.ts';
import { UserError } from '../../../contracts/failures.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { canonicalJson } from '../../../domain/basics/hash.ts';
import { requireServed, retiredModels } from '../../../domain/models/retired-models.ts';
import { comparePlans, compareValues } from '../../../domain/plan/compare-plans.ts';
import { describePlan, type PlanDescription } from '../../../domain/plan/describe-plan.ts';
import { changeStudy, makeFolder, rawStudy, studyPath, writeStudy } from '../../support/write-study.ts';

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const makers = await readModelData();
const unchanged = new Map<string, Promise<Plan>>();

/** Planning the published study takes a second: unchanged plans are made once. */
function planOf(name: string, changes?: Readonly<Record<string, unknown>>): Promise<Plan> {
  const make = async () => (await planStudy(writeStudy(folder, changeStudy(changes ?? {}, name)))).plan;
  if (changes) return make();
  const made = unchanged.get(name) ?? make();
  unchanged.set(name, made);
  return made;
}

async function describeStudy(name: string, changes?: Readonly<Record<string, unknown>>): Promise<PlanDescription> {
  return describePlan(await planOf(name, changes), 'hash', (await planOf('paper')).science, makers);
}

const linesOf = ({ differences }: PlanDescription): string[] =>
  differences.flatMap((group) => group.differences.map(({ place, change }) => `${place}: ${change}`));

describe('the description of a plan', () => {
  it('adds up calls and cost by model, and names the models without a price', async () => {
    const { calls, byModel, totals, unpriced } = await describeStudy('paper', {
      prices: { 'openai/gpt-4-0613': { input: 30, output: 60 } },
    });
    expect(totals.calls).toBe(calls.reduce((sum, row) => sum + row.calls, 0));
    const gpt = calls.filter(({ model }) => model === 'openai/gpt-4-0613');
    expect(byModel.find(({ model }) => model === 'openai/gpt-4-0613')).toEqual({
      model: 'openai/gpt-4-0613',
      calls: gpt.reduce((sum, row) => sum + row.calls, 0),
      usd: gpt.reduce((sum, row) => sum + (row.usd ?? 0), 0),
    });
    expect(unpriced).toEqual(['anthropic/claude-3-opus-20240229']);
  });

  it('counts cells as results.json will list them', async () => {
    expect((await describeStudy('paper')).cells).toBe(64 * 2);
  });

  it('expects no exposure where held-out skills or untrained k are evaluated', async () => {
    const { exposure } = await describeStudy('paper');
    const share = (setting: string, k: number) =>
      exposure.rows.find((row) => row.setting === setting && row.k === k)?.share;
    expect(exposure.arm).toBe('1,2,3');
    expect(share('train', 2)).toBeCloseTo(1 - (1 - 1 / 1378) ** 4652, 6);
    expect(share('train', 3)).toBeCloseTo(1 - (1 - 1 / 23426) ** 4652, 6);
    expect([share('train', 4), share('held-out', 2), share('held-out', 3)]).toEqual([0, 0, 0]);
  });

  it('finds no difference between the published study and itself', async () => {
    expect((await describeStudy('paper', { name: 'again', title: 'x', seed: 9, notes: [] })).differences).toEqual([]);
  });

  it('names what differs from the published study, in groups', async () => {
    const lines = linesOf(
      await describeStudy('paper', {
        'evaluation/k': [2, 3],
        'compose/kept/1': 100,
        'students/0/parameters/temperature': 1,
        arms: [
          { id: 'base', untrained: true },
          { id: '1', take: { 1: 'all' } },
          { id: '3', take: { 3: 'all' } },
        ],
      }),
    );
    expect(lines).toEqual([
      'students.llama-2-13b-chat.parameters.temperature: 0.7 -> 1',
      'compose.kept.1: 4,653 -> 100',
      'arms: 1,2 (1: all, 2: all), 1,2,3 (1: all, 2: all, 3: all) -> 3 (3: all)',
      'evaluation.k: 2, 3, 4, 5 -> 2, 3',
    ]);
  });

  it('does not list the settings of students that the published study does not have', async () => {
    const lines = linesOf(await describeStudy('lab')).filter((line) => line.startsWith('students'));
    expect(lines).toEqual([
      'students: llama-2-13b-chat (meta-llama/Llama-2-13b-chat-hf), mistral-7b-instruct (mistralai/Mistral-7B-Instruct-v0.2) -> tiny (pre-trained here, elicited)',
    ]);
  });
});

describe('what is known of models', () => {
  it('has a date, the earliest of its files', async () => {
    expect((await describeStudy('lab')).modelDataAsOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    const plan = await planOf('paper');
    const older = { ...makers, openai: { ...makers.openai!, asOf: '2020-02-02' } };
    expect(describePlan(plan, 'hash', plan.science, older).modelDataAsOf).toBe('2020-02-02');
  });

  it('makes the estimate count more tokens for a model whose tokenizer makes more', async () => {
    const plan = await planOf('paper-today');
    const [counted, plain] = [makers, {}].map((data) => describePlan(plan, 'hash', plan.science, data).calls);
    const tokens = (rows: typeof counted, role: string) => rows?.find((row) => row.role === role)?.inputTokens ?? 0;
    const claude = 'grader claude-opus-4-8';
    expect(tokens(counted, claude) / tokens(plain, claude)).toBeCloseTo(1.3, 4);
    expect(tokens(counted, 'grader gpt-5.2')).toBe(tokens(plain, 'grader gpt-5.2'));
    expect((await describeStudy('paper-today')).tokenFactors).toEqual([
      { model: 'anthropic/claude-opus-4-8', factor: 1.3 },
    ]);
  });

  it('tells a known price that the study file lacks or names otherwise', async () => {
    expect((await describeStudy('paper-today')).otherPrices).toEqual([]);
    const prices = { 'openai/gpt-5.2-2025-12-11': { input: 99, output: 14 } };
    const { otherPrices } = await describeStudy('paper-today', { prices, limits: {} });
    expect(otherPrices.map(({ model, input }) => [model, input])).toEqual([
      ['openai/gpt-5.2-2025-12-11', 1.75],
      ['anthropic/claude-opus-4-8', 5],
    ]);
  });
});

describe('comparing plans', () => {
  it('names every place of the science that differs', async () => {
    const [before, after] = [await planOf('lab'), await planOf('lab', { 'compose/kept/1': 299, limits: { usd: 3 } })];
    expect(comparePlans(before, after)).toEqual(['compose.kept.1: 300 -> 299']);
    // As it comes from the store.
    const stored = JSON.parse(canonicalJson(before)) as Plan;
    expect(comparePlans(stored, after)).toEqual(['compose.kept.1: 300 -> 299']);
  });

  it('says that combinations differ where nothing else does', async () => {
    const plan = await planOf('lab');
    expect(comparePlans(plan, plan)[0]).toMatch(/combinations/);
  });

  it('compares lists by id, and sees another order', () => {
    const [a, b] = [
      { id: 'a', x: 1 },
      { id: 'b', x: 1 },
    ];
    expect(compareValues([a, b], [{ ...b, x: 2 }, a])).toEqual([
      { place: '', change: 'in another order' },
      { place: '.b.x', change: '1 -> 2' },
    ]);
  });
});

describe('retired models', () => {
  it('are found in every role of the published study, and refused at a start with the remedy', async () => {
    const plan = await planOf('paper');
    expect(retiredModels(plan, makers).map(({ role }) => role)).toEqual([
      'teacher',
      'keep grader',
      'grader gpt-4',
      'grader claude-3-opus',
    ]);
    expect(() => requireServed(plan, makers)).toThrow(/no longer served: teacher gpt-4-0613 \(since 2026-10-23\)/);
    expect(() => requireServed(plan, makers)).toThrow(UserError);
  });

  it('may still be served by somebody else', async () => {
    const own = { protocol: 'openai', endpoint: 'https://models.example/v1', apiKey: 'OWN_KEY' };
    expect(retiredModels(await planOf('paper', { 'providers/openai': own }), makers)).toHaveLength(1);
  });

  it('are in no other study that comes with Etude', async () => {
    for (const name of ['lab', 'lab-strict', 'paper-today'])
      expect(requireServed(await planOf(name), makers)).toBeUndefined();
  });
});

describe('the study files that come with Etude', () => {
  it('keep 13,957 texts in the published study', () => {
    const { kept } = rawStudy('paper')['compose'] as { kept: Record<string, number> };
    expect(Object.values(kept).reduce((sum, count) => sum + count, 0)).toBe(13_957);
  });

  it('mark each retired model, and each of its substitutes as a deviation', async () => {
    const [published, today] = [await planStudy(studyPath('paper')), await planStudy(studyPath('paper-today'))];
    const marked = (notes: typeof published.plan.science.notes, kind: string) =>
      notes.filter((note) => note.kind === kind).map(({ at }) => at);
    expect(marked(published.plan.science.notes, 'retired')).toHaveLength(retiredModels(published.plan, makers).length);
    const { science } = today.plan;
    const models = ['teacher.model', 'keepGrader.model', ...science.graders.map(({ id }) => `graders.${id}.model`)];
    expect(marked(science.notes, 'deviation')).toEqual(expect.arrayContaining(models));
    expect(today.runtime.limits.usd).toBeGreaterThan(0);
    expect(Object.values(science.prices).every(({ source }) => /not checked/.test(source ?? ''))).toBe(true);
  });

  it('differ between lab and lab-strict in the base alone', () => {
    const [lab, strict] = [rawStudy('lab'), rawStudy('lab-strict')];
    const [student] = strict['students'] as { base: { variant: string } }[];
    expect(student?.base.variant).toBe('strict');
    if (student) student.base.variant = 'elicited';
    expect({ ...strict, name: lab['name'], title: lab['title'] }).toEqual(lab);
  });
});
