import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/activity';
import { callModel } from '../../../activities/calls/call-model.ts';
import { listWaits } from '../../../activities/ledger/holds.ts';
import { findStudy, saveStudy, type KnownStudy } from '../../../activities/ledger/studies.ts';
import { describeWaits } from '../../../activities/operator/describe-waits.ts';
import { carryOut, type OperatedStudy } from '../../../activities/operator/operator-commands.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import type { ModelRequest } from '../../../contracts/calls.ts';
import { FAILURES, UserError } from '../../../contracts/failures.ts';
import type { InputOf, MessageName } from '../../../contracts/messages.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { planHash } from '../../../domain/plan/make-plan.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext, requestOf, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
let lab: Lab;
let context: ActivityContext;
let plan: Plan;
let study: KnownStudy;
beforeAll(async () => {
  lab = await startLab({});
  context = await openContext(scratch, { lab: urlsOf(lab) });
  const stored = await storePlan(context);
  plan = stored.plan;
  const runtime = { limits: {}, rates: {}, cluster: smallStudy().cluster };
  study = { name: 'small', plan: stored.hash, runtime, state: 'running' };
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});
beforeEach(async () => {
  lab.setFaults({});
  for (const table of ['holds', 'pauses', 'budgets'] as const) await context.ledger.tables.deleteFrom(table).execute();
  await saveStudy(context.ledger.tables, study);
});

let asked = 0;
const OPENAI = {};
const ANTHROPIC = {
  provider: 'lab-anthropic',
  model: 'lab-lenient',
  messages: [
    { role: 'user' as const, content: '<text>Oh.</text>\n| criterion | points |\n| --- | --- |\n| shows oath | |' },
  ],
};
const call = (to: Partial<ModelRequest> = OPENAI, of = plan) =>
  asActivity(() => callModel(context, of, requestOf({ sample: (asked += 1), ...to }), 'compose'));
const failure = async (...to: Parameters<typeof call>) => (await fault(call(...to))) as ApplicationFailure;
const operated = async (): Promise<OperatedStudy> => ({
  context,
  study: (await findStudy(context.ledger.tables, 'small')) ?? study,
  plan,
  signal: new AbortController().signal,
  again: false,
});

/** A message as a function of the study. */
const command =
  <Name extends MessageName>(name: Name) =>
  (one: OperatedStudy, input: InputOf<Name>) =>
    carryOut(name, one, input);
const [pause, resume] = [
  (one: OperatedStudy) => carryOut('pause', one, {}),
  (one: OperatedStudy) => carryOut('resume', one, {}),
];
const [resumeProvider, raiseBudget, changeRates] = [
  command('resumeProvider'),
  command('raiseBudget'),
  command('changeRates'),
];

describe('a provider that refuses its key or account (invariant 8)', () => {
  it('is not asked again until a person has resumed it; the others are', async () => {
    lab.setFaults({ transport: { quota: 1 }, models: ['lab-teacher'] });
    expect(await failure()).toMatchObject({ type: FAILURES.quota, nonRetryable: false });
    lab.setFaults({});
    const { sent } = await context.ledger.sendTotals();
    const held = await failure();
    expect(held).toMatchObject({ type: FAILURES.held, nonRetryable: false });
    expect(Number(held.nextRetryDelay)).toBeLessThan(10_000);
    expect((await context.ledger.sendTotals()).sent).toBe(sent);
    expect(await call(ANTHROPIC)).toMatchObject({ end: 'complete' });
    await resumeProvider(await operated(), { provider: 'lab-openai' });
    expect(await call()).toMatchObject({ end: 'complete' });
  });

  it('is told with its reason and its remedy, in markdown too', async () => {
    lab.setFaults({ transport: { quota: 1 } });
    await failure();
    const wait = {
      subject: 'lab-openai',
      reason: expect.stringContaining('insufficient_quota'),
      remedy: './etude resume small --provider lab-openai',
    };
    expect(await listWaits(context.ledger.tables, study)).toEqual([wait]);
    const { details, waiting } = await describeWaits(context.ledger.tables, study);
    expect(details).toContain('`./etude resume small --provider lab-openai`');
    expect(waiting).toEqual(['lab-openai']);
  });

  it('holds one study only, not another one of the same home', async () => {
    lab.setFaults({ transport: { quota: 1 } });
    await failure();
    lab.setFaults({});
    const other = await storePlan(context, smallStudy({ name: 'other' }));
    expect(await call(OPENAI, other.plan)).toMatchObject({ end: 'complete' });
  });

  it('is held for a key that the environment lacks', async () => {
    const providers = {
      ...plan.science.providers,
      'lab-openai': { protocol: 'openai', endpoint: lab.openaiUrl, apiKey: 'NO_SUCH_KEY' },
    };
    const keyless = { ...plan, science: { ...plan.science, providers } } as Plan;
    expect(await failure(OPENAI, keyless)).toMatchObject({ type: FAILURES.auth });
    const waits = await listWaits(context.ledger.tables, { ...study, plan: planHash(keyless) });
    expect(waits).toMatchObject([{ subject: 'lab-openai', reason: expect.stringContaining('NO_SUCH_KEY') }]);
  });

  it('is held for a limit that lasts longer than any of a minute', async () => {
    lab.setFaults({ transport: { rateLimit: 1 }, retryAfterSeconds: 3 * 3600 });
    expect(await failure()).toMatchObject({ type: FAILURES.quota });
    expect(await failure()).toMatchObject({ type: FAILURES.held });
  });
});

describe("a person's message", () => {
  const refusal = async (work: (study: OperatedStudy) => Promise<unknown>): Promise<string> => {
    const error = await fault(work(await operated()));
    expect(error).toBeInstanceOf(UserError);
    return error.message;
  };

  it('that makes no sense now is refused', async () => {
    expect(await refusal(resume)).toMatch(/not paused/);
    await pause(await operated());
    expect(await refusal(pause)).toMatch(/paused already/);
    expect(await refusal((one) => resumeProvider(one, { provider: 'lab-openai' }))).toMatch(/not held/);
    expect(await refusal((one) => resumeProvider(one, { provider: 'nobody' }))).toMatch(/no provider "nobody"/);
    expect(await refusal((one) => raiseBudget(one, { usd: Number.NaN }))).toMatch(/NaN/);
    expect(await refusal((one) => changeRates(one, { model: 'nobody/at-all', concurrency: 1 }))).toMatch(/no model/);
    expect(await refusal((one) => changeRates(one, { model: 'tiny' }))).toMatch(/Nothing to change/);
    expect(await refusal((one) => changeRates(one, { model: 'tiny', requestsPerMinute: 0 }))).toMatch(/cannot be 0/);
  });

  it('that is carried out again is no mistake: its first try may have done it', async () => {
    await pause(await operated());
    expect(await pause({ ...(await operated()), again: true })).toEqual({ paused: true });
  });

  it('cannot set the cap below what is spent', async () => {
    const { tables } = context.ledger;
    await tables.insertInto('budgets').values({ plan: study.plan, spent: 5e9, reserved: 0, refused: 0 }).execute();
    expect(await refusal((one) => raiseBudget(one, { usd: 4 }))).toMatch(/spent \$5\.00/);
    expect(await raiseBudget(await operated(), { usd: 6 })).toEqual({ usd: 6, before: null, spent: 5 });
    expect((await operated()).study.runtime.limits).toEqual({ usd: 6 });
  });

  it('gives a student no token rate', async () => {
    const message = await refusal((one) => changeRates(one, { model: 'tiny', tokensPerMinute: 9_000, concurrency: 2 }));
    expect(message).toMatch(/student.*no token rate/);
    expect((await operated()).study.runtime.rates).toEqual({});
  });

  it('that comes at once with another one undoes nothing of it', async () => {
    const model = 'lab-openai/lab-teacher';
    const seen = await operated();
    await raiseBudget(seen, { usd: 6 });
    await changeRates(seen, { model, concurrency: 3 });
    await changeRates(seen, { model, requestsPerMinute: 600 });
    expect(await raiseBudget(seen, { usd: 7 })).toMatchObject({ before: 6 });
    const { limits, rates } = (await operated()).study.runtime;
    expect([limits, rates]).toEqual([{ usd: 7 }, { [model]: { requestsPerMinute: 600, concurrency: 3 } }]);
  });

  it('changes of a rate what it names, and keeps the rest', async () => {
    const model = 'lab-openai/lab-teacher';
    await changeRates(await operated(), { model, requestsPerMinute: 600, concurrency: 3 });
    const { rate } = await changeRates(await operated(), { model, tokensPerMinute: 9_000 });
    expect(rate).toEqual({ requestsPerMinute: 600, tokensPerMinute: 9_000, concurrency: 3 });
    expect((await operated()).study.runtime.rates).toEqual({ [model]: rate });
  });
});
