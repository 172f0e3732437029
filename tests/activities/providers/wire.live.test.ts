import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { anthropicProvider } from '../../../activities/providers/anthropic-provider.ts';
import { openaiProvider } from '../../../activities/providers/openai-provider.ts';
import { ProviderFault } from '../../../activities/providers/provider-fault.ts';
import type { ModelRequest } from '../../../contracts/calls.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { NOT_SENT } from '../../../contracts/study.ts';
import { wireSeed } from '../../../domain/requests/requests.ts';
import { answerJson, completion, message, startRecording, type Recorded } from '../../support/recording-server.ts';
import { fault, requestOf } from '../../support/test-home.ts';

const KEY = 'sk-planted-0123456789abcdef';
const never = new AbortController().signal;
const make = { openai: openaiProvider, anthropic: anthropicProvider };
type Protocol = keyof typeof make;
const PROTOCOLS = ['openai', 'anthropic'] as const;

type Respond = (request: Recorded, response: ServerResponse) => void;
const answer: Respond = ({ path, body }, response) =>
  answerJson(response, path.includes('chat') ? completion(body['model'], 'hi') : message(body['model'], 'hi'));
let respond = answer;
const server = await startRecording((request, response) => respond(request, response));

const send = (protocol: Protocol, given: Partial<ModelRequest> = {}, deadline = 60_000) =>
  make[protocol]({ name: 'there', url: server.url, apiKey: KEY, deadline }).send(requestOf(given), never);

async function wireOf(protocol: Protocol, given: Partial<ModelRequest> = {}): Promise<Recorded> {
  respond = answer;
  await send(protocol, given);
  return server.requests.at(-1) as Recorded;
}

const NOTHING_SENT = { maxTokens: NOT_SENT, temperature: NOT_SENT, topP: NOT_SENT, seed: NOT_SENT } as const;
const MESSAGES: ModelRequest['messages'] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'One?' },
  { role: 'assistant', content: 'Two.' },
  { role: 'user', content: 'Three?' },
];

describe('what is sent', () => {
  it('over the OpenAI protocol are model, messages, parameters and the seed, and nothing else', async () => {
    const parameters = { maxTokens: 40, temperature: 0, topP: 0.5, seed: 'sent' } as const;
    const request = requestOf({ messages: MESSAGES, parameters, replicate: 1, sample: 2, ask: 3 });
    const { body, headers } = await wireOf('openai', request);
    expect(body).toEqual({
      model: 'lab-teacher',
      messages: MESSAGES,
      temperature: 0,
      top_p: 0.5,
      max_tokens: 40,
      seed: wireSeed(request),
    });
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('over the Anthropic protocol are the system text apart and the draw in metadata.user_id', async () => {
    const parameters = { maxTokens: 40, temperature: 0, topP: 0.5, seed: 'sent' } as const;
    const { body, headers } = await wireOf('anthropic', {
      messages: MESSAGES,
      parameters,
      replicate: 1,
      sample: 2,
      ask: 3,
    });
    expect(body).toEqual({
      model: 'lab-teacher',
      system: 'Be brief.',
      messages: MESSAGES.slice(1),
      temperature: 0,
      top_p: 0.5,
      max_tokens: 40,
      metadata: { user_id: 'etude-r1-s2-a3' },
    });
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it('holds no parameter that is not to be sent', async () => {
    expect(Object.keys((await wireOf('openai', { parameters: NOTHING_SENT })).body)).toEqual(['model', 'messages']);
    const { body } = await wireOf('anthropic', { parameters: { ...NOTHING_SENT, maxTokens: 9 } });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'metadata', 'model']);
  });

  it('differs between samples, asks and replicates, and is the same for the same request', async () => {
    const draws = [{}, {}, { sample: 1 }, { ask: 1 }, { replicate: 1 }];
    const seeds: unknown[] = [];
    for (const draw of draws) seeds.push((await wireOf('openai', draw)).body['seed']);
    expect(seeds[0]).toBe(seeds[1]);
    expect(new Set(seeds).size).toBe(4);
    for (const seed of seeds) expect(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) < 2 ** 31).toBe(true);
  });

  const set = { ...process.env };
  afterEach(() => {
    for (const name of ['OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL', 'OPENAI_ORG_ID', 'ANTHROPIC_AUTH_TOKEN'])
      if (set[name] === undefined) delete process.env[name];
  });

  it('never follows the environment of the clients to another address, nor carries its credentials there', async () => {
    Object.assign(process.env, { OPENAI_ORG_ID: 'org-secret', ANTHROPIC_AUTH_TOKEN: 'token-secret' });
    for (const protocol of PROTOCOLS)
      expect(JSON.stringify((await wireOf(protocol)).headers)).not.toMatch(/org-secret|token-secret/);
    Object.assign(process.env, { OPENAI_BASE_URL: server.url, ANTHROPIC_BASE_URL: server.url });
    const before = server.requests.length;
    for (const protocol of PROTOCOLS) {
      const own = make[protocol]({ name: 'own', url: undefined, apiKey: 'no-key', deadline: 2_000 });
      expect(await fault(own.send(requestOf(), AbortSignal.timeout(500)))).toBeInstanceOf(ProviderFault);
    }
    expect(server.requests.length).toBe(before);
  });
});

describe('an answer that is none', () => {
  const BROKEN: readonly [string, unknown][] = [
    ['null', null],
    ['a list', []],
    ['a text', 'ok'],
    ['without a model', { ...message(undefined, 'hi'), ...completion(undefined, 'hi') }],
    ['without message and content', { model: 'm' }],
  ];
  describe.each(PROTOCOLS)('over the %s protocol', (protocol) => {
    it.each(BROKEN)('%s is a transport fault', async (_, body) => {
      respond = (_request, response) => answerJson(response, body);
      expect(await fault(send(protocol))).toMatchObject({
        name: 'ProviderFault',
        type: FAILURES.outage,
        abandoned: true,
      });
    });

    it('a page of a proxy is a transport fault that nobody is paid for', async () => {
      respond = (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello');
      expect(await fault(send(protocol))).toMatchObject({ type: FAILURES.outage, abandoned: false });
    });

    it('a body that stops half-way is given up at the deadline', async () => {
      respond = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"model": "lab-te');
      };
      expect(await fault(send(protocol, {}, 300))).toMatchObject({ type: FAILURES.outage, abandoned: true });
    });

    it.each([
      [400, FAILURES.badRequest, false],
      [401, FAILURES.auth, false],
      [403, FAILURES.auth, false],
      [404, FAILURES.modelGone, false],
      [413, FAILURES.badRequest, false],
      [429, FAILURES.rateLimit, false],
      [302, FAILURES.badRequest, false],
      [500, FAILURES.outage, false],
      [501, FAILURES.badRequest, false],
      [505, FAILURES.badRequest, false],
      [502, FAILURES.outage, false],
      [503, FAILURES.overload, false],
      [504, FAILURES.outage, true],
      [529, FAILURES.overload, false],
    ] as const)('status %i is %s', async (status, type, abandoned) => {
      respond = (_request, response) => answerJson(response, { error: { message: 'no', type: 'x' } }, status);
      expect(await fault(send(protocol))).toMatchObject({ name: 'ProviderFault', type, abandoned });
    });

    it('takes no key and no request along a redirect, and says where it leads', async () => {
      const seen: string[] = [];
      const elsewhere = await startRecording((_, response) => void response.end(seen.push('asked')));
      for (const status of [301, 302, 303, 307, 308]) {
        const location = `${elsewhere.url}/v1?token=SECRET`;
        respond = (_request, response) => void response.writeHead(status, { location }).end();
        const error = (await fault(send(protocol))) as ProviderFault;
        expect(error).toMatchObject({ type: FAILURES.badRequest, hold: true, abandoned: false });
        expect(error.message).toContain(elsewhere.url);
        expect(error.message).not.toContain('SECRET');
      }
      expect(elsewhere.requests).toEqual([]);
      expect(seen).toEqual([]);
    });

    it('says neither the key nor the words of the provider, in message or stack', async () => {
      for (const status of [400, 401, 404, 429, 500, 529]) {
        respond = ({ headers }, response) => {
          const said = `Incorrect key: ${headers.authorization ?? String(headers['x-api-key'])} in SECRET PROMPT`;
          const error = { message: said, type: said, code: said, param: said };
          answerJson(response, { type: 'error', error, request_id: said }, status, {
            'x-request-id': said,
            'request-id': said,
          });
        };
        const error = await fault(send(protocol));
        const told = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join();
        expect(told).not.toContain(KEY);
        expect(told).not.toContain('SECRET');
        expect(error.message).toContain(`there: status ${status}`);
      }
    });

    it('keeps the code and the id by which the provider can be asked', async () => {
      const error = { message: 'slow down', type: 'rate_limit_error', code: 'rate_limit_error' };
      respond = (_request, response) =>
        answerJson(response, { type: 'error', error }, 429, { 'x-request-id': 'req_42', 'request-id': 'req_42' });
      expect((await fault(send(protocol))).message).toBe(
        'there: status 429 (rate_limit_error), request req_42: rate limit',
      );
    });
  });

  it('is an empty account, also where Anthropic calls it an invalid request', async () => {
    const error = { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' };
    respond = (_request, response) => answerJson(response, { type: 'error', error }, 400);
    expect(await fault(send('anthropic'))).toMatchObject({ type: FAILURES.quota });
  });

  it('is a truncated text where the window of the model was full', async () => {
    respond = ({ body }, response) =>
      answerJson(response, message(body['model'], 'hi', { stop_reason: 'model_context_window_exceeded' }));
    expect((await send('anthropic')).end).toBe('truncated');
  });

  it('is an empty truncated text where the limit was reached before its first word', async () => {
    respond = ({ body }, response) => {
      const reply = completion(body['model'], '');
      const message = { role: 'assistant', content: null, reasoning_content: 'Let me think' };
      answerJson(response, { ...reply, choices: [{ ...reply.choices[0], message, finish_reason: 'length' }] });
    };
    expect(await send('openai')).toMatchObject({ end: 'truncated', text: '' });
  });

  it('is a refusal where the content filter stopped it', async () => {
    respond = ({ body }, response) => {
      const reply = completion(body['model'], '');
      answerJson(response, { ...reply, choices: [{ ...reply.choices[0], finish_reason: 'content_filter' }] });
    };
    expect((await send('openai')).end).toBe('refused');
  });
});
