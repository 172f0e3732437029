import { afterAll, describe, expect, it } from '@jest/globals';
import { requirePlannedModel } from '../../../activities/asking/planned-model.ts';
import { saveAccess } from '../../../activities/ledger/models/access.ts';
import { hashOfPlan } from '../../../activities/shared/activity-context.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { makeScratch } from '../../support/scratch.ts';
import { makeSyntheticPlan } from '../../support/synthetic-study.ts';
import { openContext, requestOf } from '../../support/test-home.ts';

const context = await openContext(makeScratch());
afterAll(() => context.ledger.close());

let plans = 0;
/** A plan that nothing is known of yet. */
function freshPlan(): Plan {
  const plan = makeSyntheticPlan({ students: ['tiny'], replicates: 1, partitions: 1 });
  return { ...plan, science: { ...plan.science, seed: (plans += 1) } };
}

const answeredBy = (servedModel: string, { plan = freshPlan(), model = 'gpt-4o' } = {}) =>
  requirePlannedModel(context, plan, requestOf({ model }), {
    end: 'complete',
    text: '',
    servedModel,
    usage: { inputTokens: 1, outputTokens: 1 },
  });

describe('the model that has answered', () => {
  it.each([
    ['gpt-4o', 'gpt-4o'],
    ['gpt-4o', 'gpt-4o-2024-08-06'],
    ['gpt-4', 'gpt-4-0613'],
    ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet-20241022'],
  ])('for %s may be %s', async (model, served) => {
    await expect(answeredBy(served, { model })).resolves.toBeUndefined();
  });

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-4o', 'gpt-4o-mini-2024-07-18'],
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'],
  ])('for %s may not be %s, which is named', async (model, served) => {
    await expect(answeredBy(served, { model })).rejects.toMatchObject({
      streak: 'model',
      abandoned: true,
      message: expect.stringContaining(`answered by ${served};`),
    });
  });

  it.each([['words of a server'], ['x'.repeat(100_000)]])('is not named by anything of any shape', async (name) => {
    await expect(answeredBy(name)).rejects.toThrow(/answered by a model without a proper name;/);
  });
});

describe('an alias', () => {
  const [first, second] = ['gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'];

  it('is the first snapshot that answers for it, in one study', async () => {
    const plan = freshPlan();
    await answeredBy(first, { plan });
    await answeredBy(first, { plan });
    await expect(answeredBy(second, { plan })).rejects.toMatchObject({
      streak: 'model',
      hold: false,
      message: expect.stringContaining('`providers.lab-openai.servedAs: {gpt-4o: gpt-4o-2024-08-06}`'),
    });
    await expect(answeredBy(first, { plan })).resolves.toBeUndefined();
    await expect(answeredBy('gpt-4o', { plan })).resolves.toBeUndefined();
    // Another study starts with the snapshot of its day, and another model of this one with its own.
    await expect(answeredBy(second)).resolves.toBeUndefined();
    await expect(answeredBy('gpt-4-0613', { plan, model: 'gpt-4' })).resolves.toBeUndefined();
  });

  it('is the snapshot that the study file names for it, whichever came first', async () => {
    const plan = freshPlan();
    await answeredBy(first, { plan });
    const servedAs = { 'gpt-4o': second };
    await saveAccess(context.ledger.tables, hashOfPlan(plan), { 'lab-openai': { servedAs } });
    await expect(answeredBy(second, { plan })).resolves.toBeUndefined();
    await expect(answeredBy(first, { plan })).rejects.toThrow(`asked for ${second}, answered by ${first}`);
  });

  it('of another name than its deployment is the deployment, or a snapshot of either', async () => {
    const deployed = async (name: string, served: string) => {
      const plan = freshPlan();
      await saveAccess(context.ledger.tables, hashOfPlan(plan), { 'lab-openai': { servedAs: { 'gpt-4o': name } } });
      return answeredBy(served, { plan });
    };
    await expect(deployed('ours', 'ours')).resolves.toBeUndefined();
    await expect(deployed('ours', first)).resolves.toBeUndefined();
    await expect(deployed('openai/gpt-4o', 'openai/gpt-4o-2024-08-06')).resolves.toBeUndefined();
    await expect(deployed('ours', 'gpt-4o-mini')).rejects.toThrow(/asked for ours, answered by gpt-4o-mini/);
  });
});
