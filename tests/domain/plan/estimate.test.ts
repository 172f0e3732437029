import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { planStudy } from '../../../client/study-file/read-study.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { estimatePlan, exampleLengths, expectedCalls } from '../../../domain/plan/estimate.ts';
import { changeStudy, makeFolder, studyPath, writeStudy } from '../../support/write-study.ts';

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const planWith = async (changes: Readonly<Record<string, unknown>>, name = 'lab'): Promise<Plan> =>
  (await planStudy(writeStudy(folder, changeStudy(changes, name)))).plan;
const callsOf = (plan: Plan, role: string) => estimatePlan(plan).find((row) => row.role === role)?.calls;

describe('the estimate', () => {
  it('counts the published grid: 19,200 texts of two calls, and 115,200 gradings', async () => {
    const { plan } = await planStudy(studyPath('paper'));
    const evaluation = estimatePlan(plan).filter(({ phase }) => phase === 'evaluate');
    const sum = (start: string) =>
      evaluation.filter(({ role }) => role.startsWith(start)).reduce((total, { calls }) => total + calls, 0);
    expect(sum('student')).toBe(2 * 19_200);
    expect(sum('grader')).toBe(115_200);
    expect(expectedCalls(plan)).toBeGreaterThan(200_000);
    expect(expectedCalls(plan)).toBeLessThan(250_000);
  });

  it('counts the turns of each prompt, the arms, replicates, generations and gradings', async () => {
    const plan = await planWith({
      'training/replicates': [1, 2].map((seed) => ({ dataSeed: seed, trainSeed: seed })),
      'evaluation/generations': 3,
      'evaluation/gradings': 5,
    });
    // Two untrained arms once, three trained ones twice, in eight lists of eighty.
    const texts = (2 + 3 * 2) * 8 * 80 * 3;
    expect(callsOf(plan, 'student')).toBe(texts);
    expect(callsOf(plan, 'grader strict')).toBe(5 * texts);
  });

  it('counts composing up to its target, never beyond what is planned', async () => {
    const ample = await planWith({ 'compose/kept': { 1: 70, 2: 70, 3: 70 } });
    expect(callsOf(ample, 'teacher')).toBe(3 * 100 * 2);
    expect(callsOf(ample, 'keep grader strict')).toBe(3 * 100);
    const tight = await planWith({ 'compose/maxPlanned': { 1: 300, 2: 300, 3: 310 } });
    expect(callsOf(tight, 'keep grader strict')).toBe(910);
  });

  it('costs what the prices say, token by token', async () => {
    const plan = await planWith({ prices: { 'lab-openai/lab-strict': { input: 2, output: 3.5 } } });
    for (const { model, inputTokens, outputTokens, usd } of estimatePlan(plan))
      if (model === 'lab-openai/lab-strict') expect(usd).toBeCloseTo((inputTokens * 2 + outputTokens * 3.5) / 1e6, 9);
      else expect(usd).toBeNull();
  });

  it('expects no more output than a role may write', async () => {
    const plan = await planWith({ 'graders/0/parameters/maxTokens': 10 });
    const row = estimatePlan(plan).find(({ role }) => role === 'grader strict');
    expect(row?.outputTokens).toBe(10 * (row?.calls ?? 0));
  });

  it('knows that two-turn examples of k = 3 come close to the published limit', async () => {
    const { plan } = await planStudy(studyPath('paper'));
    const [first, , third] = exampleLengths(plan);
    expect(third?.limit).toBe(1024);
    expect(third?.tokens).toBeGreaterThan(850);
    expect(third?.tokens).toBeLessThan(1150);
    expect(first?.tokens).toBeLessThan(third?.tokens ?? 0);
    const oneTurn = await planWith({ 'training/sample': 'one-turn' }, 'paper');
    expect(exampleLengths(oneTurn)[2]?.tokens).toBeLessThan(0.75 * (third?.tokens ?? 0));
  });
});
