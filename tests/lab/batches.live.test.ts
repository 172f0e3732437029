import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { hashOf } from '../../domain/basics/hash.ts';
import type { FaultsInput } from '../../lab/servers/faults.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import type { RequestRecord } from '../../lab/servers/request-log.ts';
import { drawItem, gradingRequest, teacherRequest } from '../support/prompts.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-batches-'));
const [state, requestLog] = [join(folder, 'state'), join(folder, 'requests.jsonl')];
afterAll(() => rmSync(folder, { recursive: true }));

let lab: Lab;
let openai: OpenAI;
let anthropic: Anthropic;

async function start(faults: FaultsInput = {}): Promise<void> {
  lab = await startLab({ faults, state, requestLog });
  openai = new OpenAI({ apiKey: 'any', baseURL: lab.openaiUrl, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'any', baseURL: lab.anthropicUrl, maxRetries: 0 });
}
beforeEach(() => start());
afterEach(() => lab.close());

let made = 0;
/** Bodies that no test has sent before. */
const teacherBodies = (count: number) =>
  Array.from({ length: count }, () => {
    const { model, messages } = teacherRequest(drawItem((made += 1), 2), '');
    return { model, messages: [...messages], seed: made };
  });
const graderBodies = (count: number) =>
  Array.from({ length: count }, () => {
    const { messages } = gradingRequest(drawItem((made += 1), 2), 'By jove, the harbour waited.');
    const asked = messages.map(({ content }) => ({ role: 'user' as const, content }));
    return { model: 'lab-lenient', max_tokens: 400, messages: asked, metadata: { user_id: `u${made}` } };
  });

const idOf = (body: object): string => hashOf(body);
const linesOf = (bodies: readonly object[]): string =>
  bodies
    .map((body) => JSON.stringify({ custom_id: idOf(body), method: 'POST', url: '/v1/chat/completions', body }))
    .join('\n');

async function submitOpenai(content: string): Promise<OpenAI.Batch> {
  const file = await openai.files.create({ file: await toFile(Buffer.from(content), 'in.jsonl'), purpose: 'batch' });
  expect(await (await openai.files.content(file.id)).text()).toBe(content);
  return openai.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    metadata: { mine: 'yes' },
  });
}

const submitAnthropic = (bodies: ReturnType<typeof graderBodies>) =>
  anthropic.messages.batches.create({ requests: bodies.map((params) => ({ custom_id: idOf(params), params })) });

interface Line {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: OpenAI.ChatCompletion } | null;
  readonly error: { readonly code: string } | null;
}
async function readFile(id: string | undefined): Promise<Line[]> {
  const text = await (await openai.files.content(id ?? '')).text();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function readResults(id: string) {
  const results: Anthropic.Messages.MessageBatchIndividualResponse[] = [];
  for await (const result of await anthropic.messages.batches.results(id)) results.push(result);
  return results;
}

const readLog = (): RequestRecord[] =>
  readFileSync(requestLog, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RequestRecord);
const itemsIn = (id: string): RequestRecord[] =>
  readLog().filter(({ batch, customId }) => batch === id && customId !== undefined);

const failureOf = async (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );

describe("OpenAI's batches in the lab", () => {
  it('answer every line as a single call is answered, shuffled, and log each item with its batch', async () => {
    const bodies = teacherBodies(12);
    const created = await submitOpenai(linesOf(bodies));
    expect(created).toMatchObject({ object: 'batch', status: 'validating', metadata: { mine: 'yes' } });
    const batch = await openai.batches.retrieve(created.id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 12, completed: 12, failed: 0 } });
    expect(batch.error_file_id).toBeNull();
    const lines = await readFile(batch.output_file_id);
    expect(lines.map(({ custom_id: id }) => id)).not.toEqual(bodies.map(idOf));
    for (const body of bodies) {
      const { response } = lines.find(({ custom_id: id }) => id === idOf(body)) as Line;
      const single = await openai.chat.completions.create(body);
      expect(response?.body.choices).toEqual(single.choices);
      expect(response?.body.usage).toEqual(single.usage);
    }
    const items = itemsIn(batch.id);
    expect(new Set(items.map(({ customId }) => customId))).toEqual(new Set(bodies.map(idOf)));
    expect(items.every(({ outcome, body, customId }) => outcome === 'reply' && body === customId)).toBe(true);
    const submissions = readLog().filter(({ batch: id, customId }) => id === batch.id && customId === undefined);
    expect(submissions.map(({ outcome }) => outcome)).toEqual(['submitted']);
  });

  it('end with expired and failed lines in the error file', async () => {
    lab.setFaults({ batches: { expire: 0.3, fail: 0.3 } });
    const { id } = await submitOpenai(linesOf(teacherBodies(40)));
    const batch = await openai.batches.retrieve(id);
    expect(batch.status).toBe('expired');
    const errors = await readFile(batch.error_file_id);
    const codes = errors.map(({ error, response }) => error?.code ?? response?.status_code);
    expect(new Set(codes)).toEqual(new Set(['batch_expired', 500]));
    expect((await readFile(batch.output_file_id)).length + errors.length).toBe(40);
    expect(batch.request_counts).toMatchObject({ failed: errors.length, completed: 40 - errors.length });
  });

  it('fail as a whole for a line that is no request, a repeated id, an unknown model', async () => {
    const [body] = teacherBodies(1);
    const line = linesOf([body as object]);
    const contents = [`${line}\n{"custom`, `${line}\n${line}`, linesOf([{ ...body, model: 'gpt-9' }]), ''];
    const codes: unknown[] = [];
    for (const content of contents) {
      const { status, errors } = await openai.batches.retrieve((await submitOpenai(content)).id);
      codes.push([status, errors?.data?.[0]?.code]);
    }
    const expected = ['invalid_json_line', 'duplicate_custom_id', 'model_not_found', 'empty_file'];
    expect(codes).toEqual(expected.map((code) => ['failed', code]));
  });

  it('answer a body that is no request by a line of its own', async () => {
    const batch = await submitOpenai(linesOf([{ model: 'lab-teacher', messages: [] }, ...teacherBodies(1)]));
    const { error_file_id: errors, status } = await openai.batches.retrieve(batch.id);
    expect(status).toBe('completed');
    expect((await readFile(errors)).map(({ response }) => response?.status_code)).toEqual([400]);
  });

  it('can be cancelled, keep what was ready, and be listed page by page', async () => {
    lab.setFaults({ batches: { delaySeconds: [0, 600] }, seed: 1 });
    const { id } = await submitOpenai(linesOf(teacherBodies(5)));
    expect(await openai.batches.retrieve(id)).toMatchObject({ status: 'in_progress', output_file_id: null });
    expect((await openai.batches.cancel(id)).status).toBe('cancelling');
    const batch = await openai.batches.retrieve(id);
    expect(batch.status).toBe('cancelled');
    expect((await readFile(batch.error_file_id)).every(({ error }) => error?.code === 'batch_cancelled')).toBe(true);
    expect(await failureOf(openai.batches.cancel(id))).toMatchObject({ status: 409 });
    await submitOpenai(linesOf(teacherBodies(1)));
    const listed: string[] = [];
    for await (const one of openai.batches.list({ limit: 2 })) listed.push(one.id);
    expect(listed.indexOf(id)).toBe(1);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.length).toBeGreaterThan(4);
  });
});

describe("Anthropic's batches in the lab", () => {
  it('answer every request as a single call is answered, shuffled', async () => {
    const bodies = graderBodies(12);
    const created = await submitAnthropic(bodies);
    expect(created).toMatchObject({ processing_status: 'in_progress', request_counts: { processing: 12 } });
    const batch = await anthropic.messages.batches.retrieve(created.id);
    expect(batch).toMatchObject({ processing_status: 'ended', request_counts: { processing: 0, succeeded: 12 } });
    const results = await readResults(batch.id);
    expect(results.map(({ custom_id: id }) => id)).not.toEqual(bodies.map(idOf));
    for (const body of bodies) {
      const { result } = results.find(({ custom_id: id }) => id === idOf(body)) ?? {};
      const single = await anthropic.messages.create(body);
      expect(result).toMatchObject({ type: 'succeeded', message: { content: single.content, usage: single.usage } });
    }
  });

  it('have expired, errored and canceled results', async () => {
    lab.setFaults({ batches: { expire: 0.3, fail: 0.3 } });
    const { id } = await submitAnthropic(graderBodies(40));
    const results = await readResults(id);
    expect(new Set(results.map(({ result }) => result.type))).toEqual(new Set(['succeeded', 'expired', 'errored']));
    const errored = results.flatMap(({ result }) => (result.type === 'errored' ? [result.error.error.type] : []));
    expect(new Set(errored)).toEqual(new Set(['api_error']));
    lab.setFaults({ batches: { delaySeconds: [600, 600] } });
    const slow = await submitAnthropic(graderBodies(2));
    expect(await failureOf(anthropic.messages.batches.results(slow.id))).toBeInstanceOf(Anthropic.AnthropicError);
    expect((await anthropic.messages.batches.cancel(slow.id)).processing_status).toBe('canceling');
    expect((await readResults(slow.id)).map(({ result }) => result.type)).toEqual(['canceled', 'canceled']);
    expect(itemsIn(slow.id).map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled']);
  });

  it('are refused without requests, with a repeated id, or unknown, and listed page by page', async () => {
    const [body] = graderBodies(1) as [ReturnType<typeof graderBodies>[number]];
    expect(await failureOf(submitAnthropic([]))).toBeInstanceOf(Anthropic.BadRequestError);
    expect(await failureOf(submitAnthropic([body, body]))).toBeInstanceOf(Anthropic.BadRequestError);
    expect(await failureOf(anthropic.messages.batches.retrieve('msgbatch_9'))).toMatchObject({ status: 404 });
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) made.unshift((await submitAnthropic(graderBodies(1))).id);
    const listed: string[] = [];
    for await (const { id } of anthropic.messages.batches.list({ limit: 2 })) listed.push(id);
    expect(listed.slice(0, 3)).toEqual(made);
    const before = await anthropic.messages.batches.list({ before_id: made[2] as string, limit: 5 });
    expect(before.data.map(({ id }) => id)).toEqual(made.slice(0, 2));
  });
});

describe('the batches of a lab with a folder', () => {
  it('outlive it: what was open is answered, what has ended is not logged twice', async () => {
    const done = await submitAnthropic(graderBodies(3));
    const wanted = await readResults(done.id);
    lab.setFaults({ batches: { delaySeconds: [3, 3] } });
    const open = await submitOpenai(linesOf(teacherBodies(3)));
    await lab.close();
    expect(itemsIn(open.id)).toEqual([]);
    await start();
    while ((await openai.batches.retrieve(open.id)).status !== 'completed') await sleep(20);
    const { output_file_id: output } = await openai.batches.retrieve(open.id);
    expect(await readFile(output)).toHaveLength(3);
    expect(itemsIn(open.id)).toHaveLength(3);
    expect(await readResults(done.id)).toEqual(wanted);
    expect(itemsIn(done.id)).toHaveLength(3);
  });
});

describe('the faults of batches', () => {
  it('can cut a submission that was accepted', async () => {
    lab.setFaults({ batches: { submitCut: 1 } });
    expect(await failureOf(submitAnthropic(graderBodies(2)))).toBeInstanceOf(Anthropic.APIConnectionError);
    const { data } = await anthropic.messages.batches.list({ limit: 1 });
    expect(itemsIn(data[0]?.id ?? '')).toHaveLength(2);
    await expectLogged(({ outcome, batch }) => outcome === 'submitCut' && batch === data[0]?.id);
  });

  it('of transport turn a submission away before it is accepted', async () => {
    const newest = async () => (await anthropic.messages.batches.list({ limit: 1 })).data[0]?.id;
    const before = await newest();
    lab.setFaults({ transport: { overloaded: 1 } });
    expect(await failureOf(submitAnthropic(graderBodies(2)))).toMatchObject({ status: 529 });
    lab.setFaults({});
    expect(await newest()).toBe(before);
  });

  it('are refused when their shares or delays make no sense', () => {
    expect(() => lab.setFaults({ batches: { expire: 0.6, fail: 0.6 } })).toThrow('must not sum to more than 1');
    expect(() => lab.setFaults({ batches: { delaySeconds: [2, 1] } })).toThrow('must not exceed');
  });
});

/** The line of a request is written once its connection is closed. */
async function expectLogged(matches: (record: RequestRecord) => boolean): Promise<void> {
  while (!readLog().some(matches)) await sleep(10);
}
