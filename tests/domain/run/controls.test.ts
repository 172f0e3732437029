import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { planStudy } from '../../../client/study-file/read-study.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { makeWorkflowPlan } from '../../../domain/run/workflow-plan.ts';
import { changeStudy, makeFolder, writeStudy } from '../../support/write-study.ts';

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));

async function planWith(changes: Readonly<Record<string, unknown>>, name = 'lab'): Promise<Plan> {
  const { plan } = await planStudy(writeStudy(folder, changeStudy(changes, name)));
  // What cannot be outlined cannot be run.
  expect(makeWorkflowPlan(plan, 'home').arms).toHaveLength(plan.science.arms.length);
  return plan;
}

describe('a study file can say', () => {
  it('that arms take the texts of one k alone', async () => {
    const arms = [
      { id: '2', take: { 2: 'all' } },
      { id: '3', take: { 3: 'all' } },
    ];
    expect((await planWith({ arms })).science.arms).toEqual(arms);
  });

  it('that arms are matched by texts or by tokens', async () => {
    const arms = [
      { id: '1,2', take: { 1: 'all', 2: 'all' } },
      { id: '1,2,3-texts', take: { 1: 'all', 2: 'all', 3: 'all' }, match: { arm: '1,2', by: 'texts' } },
      { id: '3-tokens', take: { 3: 'all' }, match: { arm: '1,2', by: 'tokens' } },
    ];
    expect((await planWith({ arms })).science.arms).toEqual(arms);
  });

  it('a curve of data efficiency, with a budget for each arm', async () => {
    const curve = [25, 50, 100, 200, 300].map((count) => ({
      id: `1,2,3-${count}`,
      take: { 1: count, 2: count, 3: count },
      budget: { epochs: 10 },
    }));
    expect((await planWith({ arms: curve })).science.arms).toHaveLength(5);
  });

  it('several random partitions, each with its own sides', async () => {
    const { partitions, compose } = await planWith({
      split: { by: 'random', seed: 5, trainSkills: 13, trainTopics: 24 },
      partitions: 4,
    });
    expect(new Set(partitions.map(({ sides }) => sides.train.skills.join())).size).toBe(4);
    expect(compose).toHaveLength(4 * 3);
  });

  it('replicates: arms trained again under other seeds', async () => {
    const replicates = [1, 2, 3].map((seed) => ({ dataSeed: seed, trainSeed: 10 + seed }));
    expect((await planWith({ 'training/replicates': replicates })).science.training.replicates).toEqual(replicates);
  });

  it('k = 1, and k = 6 and more', async () => {
    const { evaluation } = await planWith({ 'evaluation/k': [1, 6, 7, 8] });
    expect(evaluation.map(({ k, items }) => items[0]?.skills.length === k)).not.toContain(false);
  });

  it('crossed settings: skills of one side on topics of the other', async () => {
    const crossed = { id: 'train-skills-new-topics', skills: 'train', topics: 'held-out' };
    const { evaluation, partitions } = await planWith({ 'evaluation/settings': ['all', crossed] });
    const sides = partitions[0]?.sides;
    for (const { skills, topic } of evaluation
      .filter(({ setting }) => setting === crossed.id)
      .flatMap(({ items }) => items)) {
      expect(skills.every((skill) => sides?.train.skills.includes(skill))).toBe(true);
      expect(sides?.['held-out'].topics).toContain(topic);
    }
  });

  it('a split by file', async () => {
    const train = { skills: ['hyperbole', 'oath', 'litotes', 'simile', 'hedging'], topics: ['garden', 'quarry'] };
    writeStudy(folder, stringify({ train }), 'split.yaml');
    const { partitions } = await planWith({
      split: { by: 'file', file: 'split.yaml' },
      'evaluation/k': [2, 3],
    });
    expect(partitions[0]?.sides.train).toEqual(train);
    expect(partitions[0]?.sides['held-out'].skills).toHaveLength(18);
  });

  it('two turns or one, answers of the last turn alone', async () => {
    expect((await planWith({ name: 'x' }, 'paper')).science.training.sample).toBe('two-turn');
    const { science } = await planWith({ 'training/sample': 'one-turn', 'training/loss': 'last-answer' }, 'paper');
    expect(science.training).toMatchObject({ sample: 'one-turn', loss: 'last-answer' });
  });

  it('the mean instead of the majority, any keep rule, no near-dedupe', async () => {
    const { science } = await planWith({
      'evaluation/aggregate': { gradings: 'mean', generations: 'mean' },
      'compose/keep': { rule: 'all-skills', gradings: 3 },
      'compose/dedupe': { near: 'off' },
    });
    expect(science.compose).toMatchObject({ keep: { rule: 'all-skills', gradings: 3 }, dedupe: { near: 'off' } });
  });

  it('hyperparameters of one student, and students of several sizes', async () => {
    const [tiny] = changeStudy({})['students'] as Record<string, unknown>[];
    const hyperparameters = { batch: 32, learningRate: 0.001, warmupSteps: 5, maxLength: 96, precision: 'fp32' };
    const students = [tiny, { ...tiny, id: 'wide', hyperparameters }];
    expect((await planWith({ students })).science.students[1]?.hyperparameters?.batch).toBe(32);
  });

  it('a server of its own for a role', async () => {
    const { science } = await planWith({
      'providers/own': { protocol: 'openai', endpoint: 'http://127.0.0.1:8000/v1', apiKey: 'OWN_KEY' },
      'graders/1/provider': 'own',
      rates: { 'own/lab-lenient': { requestsPerMinute: 60 } },
    });
    expect(science.graders[1]?.provider).toBe('own');
  });
});
