import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import type { FaultsInput } from '../../lab/servers/faults.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import type { RequestRecord } from '../../lab/servers/request-log.ts';
import { writeAsTeacher } from '../../lab/world/teacher.ts';
import { drawItem, gradingRequest, readPoints, teacherRequest } from '../support/prompts.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-'));
let lab: Lab;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  lab = await startLab();
  openai = new OpenAI({ apiKey: 'any', baseURL: lab.openaiUrl, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'any', baseURL: lab.anthropicUrl, maxRetries: 0 });
});
beforeEach(() => lab.setFaults({}));
afterAll(async () => {
  await lab.close();
  rmSync(folder, { recursive: true });
});

const request = teacherRequest(drawItem(1, 3), '7');
const grading = gradingRequest(drawItem(1, 3), 'The harbour waited.', '7');

/** For what never answers. */
const IMPATIENT = { timeout: 1_000 };

const askOpenai = (seed = 7, model = 'lab-teacher', maxTokens = 500, options = {}) =>
  openai.chat.completions.create(
    { model, messages: [...request.messages], seed, max_completion_tokens: maxTokens },
    options,
  );

const askAnthropic = (user = '7', model = 'lab-lenient', maxTokens = 500, options = {}) =>
  anthropic.messages.create(
    {
      model,
      max_tokens: maxTokens,
      messages: grading.messages.map(({ content }) => ({ role: 'user' as const, content })),
      metadata: { user_id: user },
    },
    options,
  );

/** What a call throws. */
const failureOf = async (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );

const always = (fault: keyof NonNullable<FaultsInput['transport']>): FaultsInput => ({ transport: { [fault]: 1 } });

describe('the OpenAI side of the lab', () => {
  it('answers with the reply of the model, its ids, usage and headers', async () => {
    const { data, response } = await askOpenai().withResponse();
    const choice = data.choices[0];
    expect(choice?.message.content).toBe(writeAsTeacher(request));
    expect([choice?.finish_reason, choice?.message.refusal, data.model]).toEqual(['stop', null, 'lab-teacher']);
    expect(data.id).toMatch(/^chatcmpl-/);
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    expect(data.usage?.prompt_tokens).toBeGreaterThan(50);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(Number(response.headers.get('x-ratelimit-remaining-requests'))).toBeGreaterThan(0);
  });

  it('lists its models', async () => {
    const models = await openai.models.list();
    expect(models.data.map((model) => model.id)).toEqual(['lab-teacher', 'lab-calculator', 'lab-strict']);
  });

  it('answers the same request alike and another seed otherwise', async () => {
    const contents = await Promise.all(
      [7, 7, 8].map(async (seed) => (await askOpenai(seed)).choices[0]?.message.content),
    );
    expect(contents[0]).toBe(contents[1]);
    expect(contents[0]).not.toBe(contents[2]);
  });

  it('cuts at max_completion_tokens', async () => {
    const { choices, usage } = await askOpenai(7, 'lab-teacher', 5);
    expect(choices[0]?.finish_reason).toBe('length');
    expect(usage?.completion_tokens).toBe(5);
  });

  it('needs a key, a readable body and a model that it knows', async () => {
    const response = await fetch(`${lab.openaiUrl}/chat/completions`, { method: 'POST', body: '{}' });
    expect([response.status, await response.json()]).toMatchObject([401, { error: { type: 'invalid_request_error' } }]);
    expect(await failureOf(openai.chat.completions.create({ model: 'lab-teacher', messages: [] }))).toBeInstanceOf(
      OpenAI.BadRequestError,
    );
    expect(await failureOf(askOpenai(7, 'gpt-9'))).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
    expect(await failureOf(askOpenai(7, 'lab-lenient'))).toMatchObject({ status: 404 });
  });

  it.each([
    ['rateLimit', OpenAI.RateLimitError, { status: 429, code: 'rate_limit_exceeded' }],
    ['quota', OpenAI.RateLimitError, { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }],
    ['serverError', OpenAI.InternalServerError, { status: 500, type: 'server_error' }],
    ['overloaded', OpenAI.InternalServerError, { status: 503 }],
    ['hung', OpenAI.APIConnectionError, {}],
  ] as const)('can fail by %s as the provider does', async (fault, kind, fields) => {
    lab.setFaults(always(fault));
    const error = await failureOf(askOpenai(7, 'lab-teacher', 500, fault === 'hung' ? IMPATIENT : {}));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject(fields);
    if (fault !== 'hung') expect((error as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^req_/);
  });

  it('says when to come back', async () => {
    lab.setFaults({ ...always('rateLimit'), retryAfterSeconds: 3 });
    const error = (await failureOf(askOpenai())) as InstanceType<typeof OpenAI.APIError>;
    expect([error.headers?.get('retry-after'), error.headers?.get('retry-after-ms')]).toEqual(['3', '3000']);
  });

  it('can cut the connection within the body', async () => {
    lab.setFaults(always('cut'));
    expect(await failureOf(askOpenai())).toMatchObject({ message: 'terminated' });
  });

  it('can break the envelope: no JSON, or JSON without choices', async () => {
    lab.setFaults(always('brokenEnvelope'));
    expect(await failureOf(askOpenai(901))).toMatchObject({ name: 'SyntaxError' });
    expect((await askOpenai(901)).choices).toBeUndefined();
  });

  it('can refuse and truncate', async () => {
    lab.setFaults({ content: { refused: 1 } });
    const [refused] = (await askOpenai()).choices;
    expect([refused?.message.content, refused?.finish_reason]).toEqual([null, 'stop']);
    expect(refused?.message.refusal).toContain('cannot');
    lab.setFaults({ content: { truncated: 1 } });
    const [truncated] = (await askOpenai()).choices;
    expect(truncated?.finish_reason).toBe('length');
    expect(writeAsTeacher(request).startsWith(truncated?.message.content ?? '?')).toBe(true);
  });

  it('can answer in no readable form', async () => {
    lab.setFaults({ content: { malformed: 1 } });
    const teacher = (await askOpenai()).choices[0]?.message.content;
    expect(teacher).not.toContain('Answer:');
    const table = await openai.chat.completions.create({ model: 'lab-strict', messages: [...grading.messages] });
    expect(readPoints(table.choices[0]?.message.content ?? '')).toEqual([]);
  });
});

describe('the Anthropic side of the lab', () => {
  it('answers with the reply of the model, its ids, usage and headers', async () => {
    const { data, response } = await askAnthropic().withResponse();
    const [block] = data.content;
    expect(readPoints(block?.type === 'text' ? block.text : '')).toHaveLength(6);
    expect([data.stop_reason, data.model, data.role]).toEqual(['end_turn', 'lab-lenient', 'assistant']);
    expect(data.id).toMatch(/^msg_/);
    expect(data.usage.input_tokens).toBeGreaterThan(50);
    expect(data.usage.output_tokens).toBeGreaterThan(20);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(Number(response.headers.get('anthropic-ratelimit-tokens-remaining'))).toBeGreaterThan(0);
  });

  it('lists its models', async () => {
    expect((await anthropic.models.list()).data.map((model) => model.id)).toEqual(['lab-lenient']);
  });

  it('needs a key, a readable body, a version and a model that it knows', async () => {
    const response = await fetch(`${lab.anthropicUrl}/v1/messages`, { method: 'POST', body: '{}' });
    const body = await response.json();
    expect([response.status, body]).toMatchObject([401, { type: 'error', error: { type: 'authentication_error' } }]);
    const headers = { 'x-api-key': 'any' };
    expect((await fetch(`${lab.anthropicUrl}/v1/messages`, { method: 'POST', headers, body: '{' })).status).toBe(400);
    expect(await failureOf(askAnthropic('7', 'lab-lenient', 0))).toBeInstanceOf(Anthropic.BadRequestError);
    expect(await failureOf(askAnthropic('7', 'claude-9'))).toMatchObject({ status: 404, type: 'not_found_error' });
  });

  it.each([
    ['rateLimit', Anthropic.RateLimitError, { status: 429, type: 'rate_limit_error' }],
    ['quota', Anthropic.APIError, { status: 402, type: 'billing_error' }],
    ['serverError', Anthropic.InternalServerError, { status: 500, type: 'api_error' }],
    ['overloaded', Anthropic.APIError, { status: 529, type: 'overloaded_error' }],
    ['hung', Anthropic.APIConnectionError, {}],
  ] as const)('can fail by %s as the provider does', async (fault, kind, fields) => {
    lab.setFaults(always(fault));
    const error = await failureOf(askAnthropic('7', 'lab-lenient', 500, fault === 'hung' ? IMPATIENT : {}));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject(fields);
    if (fault !== 'hung') expect((error as InstanceType<typeof Anthropic.APIError>).requestID).toMatch(/^req_/);
  });

  it('can cut the connection within the body', async () => {
    lab.setFaults(always('cut'));
    expect(await failureOf(askAnthropic())).toMatchObject({ message: 'terminated' });
  });

  it('can refuse and truncate', async () => {
    lab.setFaults({ content: { refused: 1 } });
    expect((await askAnthropic()).stop_reason).toBe('refusal');
    lab.setFaults({ content: { truncated: 1 } });
    expect((await askAnthropic()).stop_reason).toBe('max_tokens');
    lab.setFaults({});
    expect((await askAnthropic('7', 'lab-lenient', 4)).stop_reason).toBe('max_tokens');
  });
});

describe('the faults of the lab', () => {
  const mixed: FaultsInput = { seed: 5, transport: { rateLimit: 0.3, serverError: 0.2 } };

  it('hit the same requests on every run, and pass when a request is sent again', async () => {
    const run = async (): Promise<string[]> => {
      const other = await startLab({ faults: mixed });
      const client = new OpenAI({ apiKey: 'any', baseURL: other.openaiUrl, maxRetries: 0 });
      const ask = (seed: number) =>
        client.chat.completions.create({ model: 'lab-teacher', messages: [...request.messages], seed });
      const seeds = Array.from({ length: 60 }, (_, index) => index % 20);
      const outcomes: string[] = [];
      for (const seed of seeds)
        outcomes.push(String(((await failureOf(ask(seed))) as { status?: number })?.status ?? 200));
      await other.close();
      return outcomes;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['200', '429', '500']));
    const passed = new Set(first.flatMap((status, index) => (status === '200' ? [index % 20] : [])));
    expect(passed.size).toBeGreaterThan(15);
  });

  it('can be kept to some models', async () => {
    lab.setFaults({ ...always('serverError'), models: ['lab-lenient'] });
    expect(await failureOf(askOpenai())).toBeUndefined();
    expect(await failureOf(askAnthropic())).toMatchObject({ status: 500 });
  });

  it('are refused when their shares sum to more than 1 or a name is unknown', () => {
    expect(() => lab.setFaults({ transport: { hung: 0.6, cut: 0.6 } })).toThrow('must not sum to more than 1');
    expect(() => lab.setFaults({ transprot: {} } as FaultsInput)).toThrow('transprot');
  });
});

describe('a path that is not served', () => {
  it('is answered in the envelope of the protocol', async () => {
    expect(await failureOf(openai.embeddings.create({ model: 'x', input: 'y' }))).toMatchObject({
      status: 404,
      type: 'invalid_request_error',
    });
    expect(await failureOf(anthropic.models.retrieve('lab-lenient'))).toMatchObject({
      status: 404,
      type: 'not_found_error',
    });
    expect((await fetch(`${lab.openaiUrl}/models`)).status).toBe(401);
  });
});

describe('the request log', () => {
  it('has a line for every request with its outcome, and none holds a text', async () => {
    const requestLog = join(folder, 'own.jsonl');
    const own = await startLab({ requestLog });
    const client = new OpenAI({ apiKey: 'any', baseURL: own.openaiUrl, maxRetries: 0 });
    const ask = (options = {}) =>
      client.chat.completions.create({ model: 'lab-teacher', messages: [...request.messages] }, options);
    await ask();
    // The lab has heard of it long before.
    const impatient = { timeout: 2_000 };
    own.setFaults(always('hung'));
    await failureOf(ask(impatient));
    own.setFaults({ transport: { slow: 1 }, slowMilliseconds: 600_000 });
    await failureOf(ask(impatient));
    await own.close();
    const text = readFileSync(requestLog, 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RequestRecord);
    expect(lines.map(({ outcome, occurrence }) => [outcome, occurrence])).toEqual([
      ['reply', 0],
      ['hung', 1],
      ['abandoned', 2],
    ]);
    expect(new Set(lines.map(({ body }) => body)).size).toBe(1);
    expect(lines[0]).toMatchObject({
      protocol: 'openai',
      model: 'lab-teacher',
      requestId: expect.stringMatching(/^req_/),
    });
    expect(text).not.toContain('Topic');
  });
});
