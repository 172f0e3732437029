import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/activity';
import { callModel } from '../../../activities/calls/call-model.ts';
import { leaseServer } from '../../../activities/ledger/arms/checkpoints.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import type { ModelRequest } from '../../../contracts/calls.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import type { RequestRecord } from '../../../lab/servers/request-log.ts';
import { answerJson, completion, startRecording } from '../../support/recording-server.ts';
import { eventually, makeScratch } from '../../support/scratch.ts';
import { fillDisk, mountSmallDisk } from '../../support/small-disk.ts';
import { storePlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext, requestOf, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const requestLog = join(scratch, 'requests.jsonl');
let lab: Lab;
let context: ActivityContext;
let plan: Plan;
beforeAll(async () => {
  lab = await startLab({ requestLog });
  context = await openContext(scratch, { lab: urlsOf(lab) });
  ({ plan } = await storePlan(context));
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});
beforeEach(async () => {
  lab.setFaults({});
  await mended();
});
/** As when a person has resumed every provider. */
async function mended(): Promise<void> {
  for (const table of ['holds', 'faults'] as const) await context.ledger.tables.deleteFrom(table).execute();
}

let asked = 0;
const freshRequest = (given: Partial<ModelRequest> = {}): ModelRequest => requestOf({ sample: (asked += 1), ...given });

const call = (request: ModelRequest, { attempt = 1, within = context, of = plan } = {}) =>
  asActivity(() => callModel(within, of, request, 'compose'), attempt);

const failureOf = async (request: ModelRequest, options = {}): Promise<ApplicationFailure> => {
  const error = await fault(call(request, options));
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
};

const sentNow = (): RequestRecord[] =>
  readFileSync(requestLog, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RequestRecord);

/** How many requests reach the lab while `work` runs: lines come when a connection is done with its request. */
async function countSent(work: () => Promise<unknown>): Promise<number> {
  const before = sentNow().length;
  await work();
  const marker = freshRequest({ model: 'nobody-there' });
  await call(marker).catch(() => undefined);
  const isMarker = ({ model }: RequestRecord) => model === 'nobody-there';
  const lines = await eventually(() => {
    const since = sentNow().slice(before);
    return since.some(isMarker) && since;
  });
  return lines.filter((line) => !isMarker(line)).length;
}

describe('a known key (invariant 1)', () => {
  it('is never sent again: not on retry, not by many at once, not after a restart', async () => {
    const request = freshRequest();
    const first = await call(request);
    const again = await openContext(scratch, { lab: urlsOf(lab), owner: 'another process' });
    const sent = await countSent(async () => {
      expect(await call(request, { attempt: 7 })).toEqual(first);
      for (const reply of await Promise.all(Array.from({ length: 20 }, () => call(request))))
        expect(reply).toEqual(first);
      expect(await call(request, { within: again })).toEqual(first);
    });
    await again.ledger.close();
    expect(sent).toBe(0);
  });

  it('that many ask for at once is sent once, across workers', async () => {
    lab.setFaults({ latencyMilliseconds: 150 });
    const request = freshRequest();
    const other = await openContext(scratch, { lab: urlsOf(lab), owner: 'another worker' });
    const sent = await countSent(async () => {
      const asking = Array.from({ length: 16 }, (_, at) => call(request, { within: at % 2 ? context : other }));
      const replies = await Promise.all(asking);
      expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    });
    await other.ledger.close();
    expect(sent).toBe(1);
  });

  it('is in the ledger when the call returns, and differs with everything that decides the reply', async () => {
    const request = freshRequest();
    const reply = await call(request);
    expect(await context.ledger.find(requestKey(request))).toEqual(reply);
    const { parameters } = request;
    const others: Partial<ModelRequest>[] = [
      { provider: 'x' },
      { model: 'x' },
      { parameters: { ...parameters, temperature: 0.5 } },
      { messages: [{ role: 'user', content: 'other' }] },
      { replicate: 9 },
      { sample: 9_999 },
      { ask: 9 },
    ];
    const keys = [request, ...others.map((other) => ({ ...request, ...other }))].map(requestKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  const disk = mountSmallDisk(600);
  (disk ? it : it.skip)('whose reply the ledger cannot take is held until it can, and sent once', async () => {
    const request = freshRequest();
    let answer = (): void => undefined;
    const { url, requests } = await startRecording((_, response) => {
      answer = () => answerJson(response, completion(request.model, 'hi'));
    });
    const small = await openContext(disk as string, { lab: { openai: url, anthropic: undefined } });
    const offers = jest.spyOn(small.ledger, 'keep');
    const calling = call(request, { within: small });
    await eventually(() => requests.length > 0);
    // The disk fills up while the request is on its way: the claim was written, the reply cannot be.
    const free = fillDisk(disk as string);
    answer();
    expect(await Promise.race([calling, eventually(() => offers.mock.calls.length >= 3 && 'still held')])).toBe(
      'still held',
    );
    free();
    expect(await calling).toMatchObject({ end: 'complete' });
    expect(await small.ledger.find(requestKey(request))).toMatchObject({ end: 'complete' });
    await small.ledger.close();
    expect(requests).toHaveLength(1);
  });
});

describe('transport faults (invariants 4 and 5)', () => {
  const FAULTS = [
    ['rateLimit', FAILURES.rateLimit],
    ['quota', FAILURES.quota],
    ['serverError', FAILURES.outage],
    ['overloaded', FAILURES.overload],
    ['cut', FAILURES.outage],
    ['hung', FAILURES.outage],
    ['brokenEnvelope', FAILURES.outage],
  ] as const;

  it.each(FAULTS)('%s leaves no outcome, and the same key passes later', async (transport, type) => {
    const impatient = await openContext(scratch, { lab: urlsOf(lab), ...(transport === 'hung' && { deadline: 300 }) });
    const request = freshRequest();
    lab.setFaults({ transport: { [transport]: 1 } });
    const failure = await failureOf(request, { within: impatient });
    expect(failure).toMatchObject({ type, nonRetryable: false });
    expect(await context.ledger.find(requestKey(request))).toBeUndefined();
    lab.setFaults({});
    await mended();
    // The claim was given back: the next attempt need not wait for it to expire.
    expect(await call(request, { attempt: 2 })).toMatchObject({ end: 'complete' });
    await impatient.ledger.close();
  });

  it('gives the same reply after faults as without them', async () => {
    const request = freshRequest();
    const plain = await startLab();
    const quiet = await openContext(join(scratch), { lab: urlsOf(plain) });
    lab.setFaults({ transport: { serverError: 1 } });
    await failureOf(request);
    lab.setFaults({});
    const late = await call(request);
    await quiet.ledger.tables.deleteFrom('calls').where('key', '=', requestKey(request)).execute();
    expect(await call(request, { within: quiet })).toEqual(late);
    await quiet.ledger.close();
    await plain.close();
  });

  it('waits as the provider says, and not longer than half as much again', async () => {
    lab.setFaults({ transport: { rateLimit: 1 }, retryAfterSeconds: 40 });
    for (let time = 0; time < 5; time += 1) {
      const wait = Number((await failureOf(freshRequest())).nextRetryDelay);
      expect(wait).toBeGreaterThanOrEqual(40_000);
      expect(wait).toBeLessThanOrEqual(60_000);
    }
  });

  it('backs off from attempt to attempt, to a minute and a half at most', async () => {
    lab.setFaults({ transport: { serverError: 1 } });
    const waits: number[] = [];
    for (const attempt of [1, 4, 8, 5_000])
      waits.push(Number((await failureOf(freshRequest(), { attempt })).nextRetryDelay));
    for (const [at, floor] of [500, 4_000, 60_000, 60_000].entries()) {
      expect(waits[at]).toBeGreaterThanOrEqual(floor);
      expect(waits[at]).toBeLessThanOrEqual(floor * 1.5);
    }
  });

  it('counts what may have been charged as abandoned, and what was refused not', async () => {
    const impatient = await openContext(scratch, { lab: urlsOf(lab), deadline: 300 });
    const before = await context.ledger.sendTotals();
    for (const transport of ['cut', 'serverError', 'hung'] as const) {
      lab.setFaults({ transport: { [transport]: 1 } });
      await failureOf(freshRequest(), { within: transport === 'hung' ? impatient : context });
    }
    const after = await context.ledger.sendTotals();
    expect([after.sent - before.sent, after.faults - before.faults, after.abandoned - before.abandoned]).toEqual([
      3, 3, 2,
    ]);
    await impatient.ledger.close();
  });
});

describe('content faults (invariant 4)', () => {
  it.each([
    ['refused', 'refused'],
    ['truncated', 'truncated'],
    ['malformed', 'complete'],
  ] as const)('%s is an outcome, kept and never asked again', async (content, end) => {
    lab.setFaults({ content: { [content]: 1 } });
    const request = freshRequest();
    const first = await call(request);
    expect(first.end).toBe(end);
    lab.setFaults({});
    expect(await countSent(async () => expect(await call(request)).toEqual(first))).toBe(0);
  });

  it('a request that is rejected keeps no outcome, and holds its provider after three tries', async () => {
    const request = freshRequest({ messages: [] });
    const sent = await countSent(async () => {
      for (let attempt = 1; attempt <= 3; attempt += 1)
        expect(await failureOf(request, { attempt })).toMatchObject({ type: FAILURES.badRequest, nonRetryable: false });
      expect(await failureOf(request)).toMatchObject({ type: FAILURES.held });
      await mended();
    });
    expect(sent).toBe(3);
    expect(await context.ledger.find(requestKey(request))).toBeUndefined();
  });
});

describe('who answers (invariant 8)', () => {
  const ask = async (planned: string, served: string) => {
    const server = await startRecording((_, response) => answerJson(response, completion(served, 'hi')));
    const providers = { there: { protocol: 'openai', endpoint: server.url, apiKey: 'THERE_KEY' } };
    const of = { ...plan, science: { ...plan.science, providers } } as unknown as Plan;
    const within = { ...context, environment: { THERE_KEY: 'sk-planted' } };
    return call(freshRequest({ provider: 'there', model: planned }), { within, of });
  };

  it.each([
    ['gpt-4o', 'gpt-4o-2024-08-06'],
    ['claude-sonnet-4', 'claude-sonnet-4-20250514'],
    ['gpt-4', 'gpt-4-0613'],
    ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet-20241022'],
  ])('%s may be answered by its snapshot %s', async (planned, served) => {
    expect(await ask(planned, served)).toMatchObject({ end: 'complete', servedModel: served });
  });

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-4', 'gpt-4-turbo-2024-04-09'],
    ['claude-opus-4', 'claude-opus-4-1-20250805'],
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['a', 'b'],
  ])('%s may not be replaced by %s', async (planned, served) => {
    expect(await fault(ask(planned, served))).toMatchObject({ type: FAILURES.modelGone, nonRetryable: false });
  });

  it('a student answers where its server is leased, and nothing counts as sent before', async () => {
    const digest = 'sha256-of-a-checkpoint';
    const before = await context.ledger.sendTotals();
    const request = freshRequest({ provider: 'student', model: digest });
    expect(await failureOf(request)).toMatchObject({ type: FAILURES.outage, nonRetryable: false });
    expect((await context.ledger.sendTotals()).sent).toBe(before.sent);
    const server = await startRecording((_, response) => answerJson(response, completion(digest, 'a text')));
    await leaseServer(context.ledger.tables, digest, server.url, 60_000);
    expect(await call(request)).toMatchObject({ text: 'a text', servedModel: digest });
    expect(server.requests[0]?.path).toBe('/v1/chat/completions');
  });
});

describe('keys of providers (invariant 7)', () => {
  const KEY = 'sk-planted-0123456789';
  const planWith = (providers: object): Plan =>
    ({ ...plan, science: { ...plan.science, providers } }) as unknown as Plan;

  it('come from the environment of the worker; without one the failure names the variable', async () => {
    const of = planWith({ there: { protocol: 'openai', endpoint: 'http://127.0.0.1:9', apiKey: 'MY_KEY' } });
    for (const environment of [{}, { MY_KEY: ' ' }, { MY_KEY: 'sk-☃' }]) {
      await mended();
      const failure = await failureOf(freshRequest({ provider: 'there' }), { of, within: { ...context, environment } });
      expect(failure).toMatchObject({ type: FAILURES.auth, nonRetryable: false });
      expect(failure.message).toContain('MY_KEY');
      expect(failure.message).not.toContain('☃');
    }
  });

  it('go to their own account, where two studies mean different ones by one name', async () => {
    const server = await startRecording((_, response) => answerJson(response, completion('lab-teacher', 'hi')));
    const within = { ...context, environment: { FIRST: `${KEY}-1`, SECOND: `${KEY}-2\n` } };
    for (const apiKey of ['FIRST', 'SECOND']) {
      const of = planWith({ there: { protocol: 'openai', endpoint: server.url, apiKey } });
      await call(freshRequest({ provider: 'there' }), { of, within });
    }
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}-1`, `Bearer ${KEY}-2`]);
  });

  it('stand in no failure and nowhere in the ledger', async () => {
    const server = await startRecording(({ headers, body }, response) => {
      const status = Number((body['messages'] as { content: string }[])[0]?.content);
      answerJson(response, { error: { message: headers.authorization, code: headers.authorization } }, status);
    });
    const of = planWith({ there: { protocol: 'openai', endpoint: server.url, apiKey: 'MY_KEY' } });
    const within = { ...context, environment: { MY_KEY: KEY } };
    for (const status of ['400', '429', '500', '401']) {
      const request = freshRequest({ provider: 'there', messages: [{ role: 'user', content: status }] });
      const told = await call(request, { of, within }).catch((error: Error) => [error, error.stack, error.cause]);
      expect(JSON.stringify(told) + String(told)).not.toContain(KEY);
    }
    for (const table of ['calls', 'sends', 'holds'] as const)
      expect(JSON.stringify(await context.ledger.tables.selectFrom(table).selectAll().execute())).not.toContain(KEY);
    expect(server.requests).toHaveLength(4);
  });
});
