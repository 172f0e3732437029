import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/activity';
import { callModel } from '../../../activities/calls/call-model.ts';
import { budgetOf, keysInFlight, pauseStudy, resumeStudy } from '../../../activities/ledger/gates.ts';
import { listWaits } from '../../../activities/ledger/holds.ts';
import { listPayments } from '../../../activities/ledger/payments.ts';
import { saveStudy, type KnownStudy } from '../../../activities/ledger/studies.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { tabulatePayments } from '../../../domain/money/payments.ts';
import { planHash } from '../../../domain/plan/make-plan.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { answerJson, completion, startRecording } from '../../support/recording-server.ts';
import { eventually, makeScratch } from '../../support/scratch.ts';
import { storePlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext, requestOf, urlsOf } from '../../support/test-home.ts';

const MODEL = 'lab-openai/lab-teacher';
const scratch = makeScratch();
let lab: Lab;
let context: ActivityContext;
let plan: Plan;
let hash: string;
beforeAll(async () => {
  lab = await startLab({});
  context = await openContext(scratch, { lab: urlsOf(lab) });
  const stored = await storePlan(context);
  // A dollar for a thousand tokens: sums are easy to see.
  plan = { ...stored.plan, science: { ...stored.plan.science, prices: { [MODEL]: { input: 1000, output: 1000 } } } };
  hash = planHash(plan);
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});

let asked = 0;
const call = (within = context) =>
  asActivity(() => callModel(within, plan, requestOf({ sample: (asked += 1) + 1000 }), 'compose'));
const failure = async (): Promise<ApplicationFailure> => (await fault(call())) as ApplicationFailure;

const gated = (limits: KnownStudy['runtime']['limits'], rates: KnownStudy['runtime']['rates'] = {}): KnownStudy => ({
  name: 'gated',
  plan: hash,
  state: 'running',
  runtime: { limits, rates, cluster: { backend: 'local', trainings: 1, servers: 1 } },
});
const limit = (...runtime: Parameters<typeof gated>) => saveStudy(context.ledger.tables, gated(...runtime));
const waits = (usd: number) => listWaits(context.ledger.tables, gated({ usd }));

beforeEach(async () => {
  lab.setFaults({});
  await limit({});
  for (const table of ['budgets', 'payments', 'buckets', 'pauses'] as const)
    await context.ledger.tables.deleteFrom(table).execute();
});

describe('a pause', () => {
  it('lets nothing be sent, and leaves nothing in flight', async () => {
    await pauseStudy(context.ledger.tables, hash);
    expect(await failure()).toMatchObject({ type: FAILURES.paused, nonRetryable: false });
    expect((await keysInFlight(context.ledger.tables)).size).toBe(0);
    await resumeStudy(context.ledger.tables, hash);
    expect(await call()).toMatchObject({ end: 'complete' });
  });

  it('waits for what was sent before it', async () => {
    let answer = (): void => undefined;
    const { url, requests } = await startRecording((_, response) => {
      answer = () => answerJson(response, completion('lab-teacher', 'hi'));
    });
    const sent = call({ ...context, lab: { ...context.lab, openai: url } });
    await eventually(() => requests.length > 0);
    await pauseStudy(context.ledger.tables, hash);
    expect((await keysInFlight(context.ledger.tables)).size).toBe(1);
    answer();
    expect(await sent).toMatchObject({ end: 'complete' });
    expect((await keysInFlight(context.ledger.tables)).size).toBe(0);
  });
});

describe('the cap on spending', () => {
  it('counts what replies cost and gives back what was reserved', async () => {
    await limit({ usd: 100 });
    const reply = await call();
    const cost = reply.end === 'failed' ? 0 : (reply.usage.inputTokens + reply.usage.outputTokens) * 1e6;
    expect(await budgetOf(context.ledger.tables, hash)).toEqual({ spent: cost, reserved: 0 });
  });

  it('refuses what could exceed it, says so, and goes on when it is raised', async () => {
    await limit({ usd: 0.01 });
    expect(await failure()).toMatchObject({ type: FAILURES.budget, nonRetryable: false });
    expect(await waits(0.01)).toMatchObject([
      { subject: 'budget', remedy: expect.stringContaining('raise-budget gated') },
    ]);
    expect(await waits(100)).toEqual([]);
    expect(await budgetOf(context.ledger.tables, hash)).toEqual({ spent: 0, reserved: 0 });
    await limit({ usd: 100 });
    expect(await call()).toMatchObject({ end: 'complete' });
  });

  it('costs nothing for a rejected request, and all that was reserved for one of unknown fate', async () => {
    await limit({ usd: 100 });
    lab.setFaults({ transport: { rateLimit: 1 } });
    await failure();
    expect(await budgetOf(context.ledger.tables, hash)).toEqual({ spent: 0, reserved: 0 });
    lab.setFaults({ transport: { cut: 1 } });
    await failure();
    const { spent, reserved } = await budgetOf(context.ledger.tables, hash);
    expect(spent).toBeGreaterThan(0);
    expect(reserved).toBe(0);
    expect(tabulatePayments(await listPayments(context.ledger.tables, hash))).toMatchObject([
      {
        ...{ phase: 'compose', model: MODEL, replies: { calls: 0 }, errors: 1 },
        ...{ abandoned: { calls: 1, usd: spent / 1e9 }, usd: spent / 1e9 },
      },
    ]);
  });

  it('takes no tokens for what it refuses: other studies may use the bucket', async () => {
    await limit({ usd: 0.01 }, { [MODEL]: { concurrency: 1, tokensPerMinute: 500 } });
    expect(await failure()).toMatchObject({ type: FAILURES.budget });
    await limit({ usd: 100 }, { [MODEL]: { concurrency: 1, tokensPerMinute: 500 } });
    expect(await call()).toMatchObject({ end: 'complete' });
    const { spent } = await budgetOf(context.ledger.tables, hash);
    expect(await failure()).toMatchObject({ type: FAILURES.pace });
    expect(await budgetOf(context.ledger.tables, hash)).toEqual({ spent, reserved: 0 });
  });
});

describe('tokens per minute', () => {
  it('are taken before sending, and the wait until there are enough is told', async () => {
    await limit({}, { [MODEL]: { concurrency: 1, tokensPerMinute: 500 } });
    expect(await call()).toMatchObject({ end: 'complete' });
    const refused = await failure();
    expect(refused).toMatchObject({ type: FAILURES.pace, nonRetryable: false });
    expect(Number(refused.nextRetryDelay)).toBeGreaterThan(0);
  });
});
