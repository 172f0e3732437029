import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { listPayments } from '../../../activities/ledger/payments.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { checkModels } from '../../../client/preflight/check-models.ts';
import { tabulatePayments } from '../../../domain/money/payments.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { answerJson, completion, startRecording } from '../../support/recording-server.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan } from '../../support/small-study.ts';
import { openContext, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
let lab: Lab;
let context: ActivityContext;
let homes = 0;
beforeAll(async () => void (lab = await startLab()));
afterEach(() => context.ledger.close());
afterAll(() => lab.close());

async function check(study = smallStudy(), given: Partial<ActivityContext> = {}) {
  const folder = join(scratch, `home-${(homes += 1)}`);
  mkdirSync(folder);
  context = await openContext(folder, { lab: urlsOf(lab), ...given });
  const { plan, hash } = await storePlan(context, study);
  const again = () =>
    checkModels({
      planned: { plan, runtime: { limits: study.limits } },
      context,
      signal: new AbortController().signal,
    } as never);
  return { findings: await again(), again, hash };
}

it('each model is asked once, however many roles it has; the answer is kept, booked, and good for the day', async () => {
  const { findings, again, hash } = await check();
  expect(findings.map(({ subject, state }) => [subject, state])).toEqual([
    ['teacher: lab-openai/lab-teacher', 'ok'],
    ['keepGrader, graders.strict: lab-openai/lab-strict', 'ok'],
    ['graders.lenient: lab-anthropic/lab-lenient', 'ok'],
  ]);
  const booked = tabulatePayments(await listPayments(context.ledger.tables, hash));
  expect(booked.map(({ phase, model, replies }) => [phase, model, replies.calls])).toContainEqual([
    'preflight',
    'lab-openai/lab-teacher',
    1,
  ]);
  expect((await again()).every(({ found }) => found === 'it has answered today')).toBe(true);
});

it('a model that is not served fails, with what to do', async () => {
  const teacher = { provider: 'lab-openai', model: 'no-such-model', parameters: { maxTokens: 400 } };
  const { findings } = await check(smallStudy({ teacher, prices: {} }));
  expect(findings[0]).toMatchObject({ subject: 'teacher: lab-openai/no-such-model', state: 'failed' });
  expect(findings.filter(({ state }) => state === 'ok')).toHaveLength(2);
});

const outside = (endpoint: string) =>
  smallStudy({
    providers: {
      'lab-openai': { protocol: 'openai', endpoint, apiKey: 'THERE_KEY' },
      'lab-anthropic': { protocol: 'anthropic', endpoint: 'lab' },
    },
  });

it.each([
  [401, { code: 'invalid_api_key', message: 'no' }, /key is missing or not accepted/],
  [400, { message: 'no', param: 'temperature' }, /parameter temperature; `parameters\.temperature: not sent`/],
  [404, { message: 'The model does not exist', code: 'model_not_found' }, /model is not served/],
  [402, { message: 'no' }, /quota or limit/],
])('status %d is told as a study would tell it, and books nothing', async (status, error, found) => {
  const server = await startRecording((_, response) => answerJson(response, { error }, status));
  const { findings, hash } = await check(outside(server.url), { environment: { THERE_KEY: 'sk-planted' } });
  expect(findings[0]).toMatchObject({
    state: 'failed',
    found: expect.stringMatching(found),
    remedy: expect.any(String),
  });
  const booked = tabulatePayments(await listPayments(context.ledger.tables, hash));
  expect(booked.filter(({ model }) => model.startsWith('lab-openai')).every(({ usd }) => usd === 0)).toBe(true);
});

it('nothing is asked beyond the cap', async () => {
  const prices = { 'lab-openai/lab-teacher': { input: 1_000_000, output: 1_000_000 } };
  const { findings } = await check(smallStudy({ prices, limits: { usd: 0.01 } }));
  expect(findings[0]).toMatchObject({ state: 'failed', found: expect.stringMatching(/cap of \$0\.01/) });
});

it('a key that is not set is named before anything is sent', async () => {
  const server = await startRecording((_, response) => answerJson(response, completion('model', 'ready')));
  const { findings } = await check(outside(server.url));
  expect(findings[0]).toMatchObject({ state: 'failed', found: expect.stringContaining('THERE_KEY') });
  expect(server.requests).toEqual([]);
});

it('parameters go as the study names them; only the limit of tokens is lower', async () => {
  const server = await startRecording((_, response) => answerJson(response, completion('lab-teacher', 'ready')));
  await check(outside(server.url), { environment: { THERE_KEY: 'sk-planted' } });
  const bodies = server.requests.map(({ body }) => (typeof body === 'string' ? JSON.parse(body) : body) as object);
  expect(bodies).toContainEqual(expect.objectContaining({ model: 'lab-teacher', temperature: 1, max_tokens: 64 }));
});
