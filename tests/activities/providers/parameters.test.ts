import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ProviderSettings } from '../../../activities/providers/model-provider.ts';
import { clientsOf } from '../../../activities/providers/registry.ts';
import type { Access } from '../../../contracts/asking.ts';
import type { Protocol } from '../../../contracts/protocols.ts';
import { NOT_SENT, type Parameters } from '../../../contracts/study.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { completion, message } from '../../support/recording-server.ts';
import { requestOf } from '../../support/test-home.ts';

const PLAIN: Parameters = { maxTokens: 4096, temperature: NOT_SENT, topP: NOT_SENT, seed: NOT_SENT };

interface Sent {
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
  readonly url: string;
}

const fetched = globalThis.fetch;
const sent: Sent[] = [];
beforeEach(() => {
  globalThis.fetch = (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const body = JSON.parse(String(init?.body)) as Record<string, unknown>;
    sent.push({ body, headers: new Headers(init?.headers), url });
    const reply = url.includes('chat') ? completion(body['model'], 'hi') : message(body['model'], 'hi');
    return Promise.resolve(new Response(JSON.stringify(reply), { headers: { 'content-type': 'application/json' } }));
  };
});
afterEach(() => {
  globalThis.fetch = fetched;
});

const settingsOf = (given: Partial<ProviderSettings>): ProviderSettings => ({
  ...{ name: 'there', url: undefined, apiKey: 'the-key', deadline: 1_000 },
  ...given,
});

interface Case {
  readonly parameters?: Partial<Parameters>;
  readonly access?: Access;
  readonly url?: string;
}

const requestFor = ({ parameters = {} }: Case) =>
  requestOf({ model: 'model-1', parameters: { ...PLAIN, ...parameters } });

/** What a single call sends. */
async function sendSingly(protocol: Protocol, given: Case): Promise<Sent> {
  const { access = {}, url } = given;
  const { headers: _headers, ...rest } = access;
  const provider = clientsOf(protocol).single(settingsOf({ access: rest, ...(url === undefined ? {} : { url }) }));
  await provider.send(requestFor(given), new AbortController().signal);
  return sent.at(-1) as Sent;
}

/** The part of a batch that is one request. */
function writeLine(protocol: Protocol, given: Case): unknown {
  const { access = {}, url } = given;
  const settings = settingsOf({ access, ...(url === undefined ? {} : { url }) });
  const batches = clientsOf(protocol).batch?.({ ...settings, inTransitMs: 0, warn: () => undefined });
  const line = JSON.parse(batches?.format.line({ customId: 'id', request: requestFor(given) }) ?? '{}') as {
    body?: unknown;
    params?: unknown;
  };
  return line.body ?? line.params;
}

const CHAT = {
  model: 'model-1',
  messages: [...requestOf().messages],
  max_completion_tokens: 4096,
};
const MESSAGE = {
  model: 'model-1',
  messages: [...requestOf().messages],
  max_tokens: 4096,
  metadata: { user_id: 'etude-r0-s0-a0' },
};
const { max_completion_tokens: _newer, ...CHAT_WITHOUT_LIMIT } = CHAT;

const TABLE: readonly [what: string, protocol: Protocol, given: Case, body: object][] = [
  ['nothing', 'openai', {}, CHAT],
  ['nothing', 'anthropic', {}, MESSAGE],
  ...(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const).map(
    (effort): [string, Protocol, Case, object] => [
      `reasoningEffort ${effort}`,
      'openai',
      { parameters: { reasoningEffort: effort } },
      { ...CHAT, reasoning_effort: effort },
    ],
  ),
  ...(['low', 'medium', 'high', 'xhigh', 'max'] as const).map((effort): [string, Protocol, Case, object] => [
    `reasoningEffort ${effort}`,
    'anthropic',
    { parameters: { reasoningEffort: effort } },
    { ...MESSAGE, output_config: { effort } },
  ]),
  [
    'thinking adaptive',
    'anthropic',
    { parameters: { thinking: 'adaptive' } },
    { ...MESSAGE, thinking: { type: 'adaptive' } },
  ],
  ['thinking off', 'anthropic', { parameters: { thinking: 'off' } }, { ...MESSAGE, thinking: { type: 'disabled' } }],
  [
    'thinking with a budget',
    'anthropic',
    { parameters: { thinking: { budget: 2048 } } },
    { ...MESSAGE, thinking: { type: 'enabled', budget_tokens: 2048 } },
  ],
  [
    'thinking and effort together',
    'anthropic',
    { parameters: { thinking: 'adaptive', reasoningEffort: 'high' } },
    { ...MESSAGE, thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
  ],
  ['verbosity', 'openai', { parameters: { verbosity: 'low' } }, { ...CHAT, verbosity: 'low' }],
  ['serviceTier', 'openai', { access: { serviceTier: 'flex' } }, { ...CHAT, service_tier: 'flex' }],
  [
    'serviceTier',
    'anthropic',
    { access: { serviceTier: 'standard_only' } },
    { ...MESSAGE, service_tier: 'standard_only' },
  ],
  ['servedAs', 'openai', { access: { servedAs: { 'model-1': 'deployed' } } }, { ...CHAT, model: 'deployed' }],
  ['servedAs', 'anthropic', { access: { servedAs: { 'model-1': 'deployed' } } }, { ...MESSAGE, model: 'deployed' }],
  ['servedAs of another model', 'openai', { access: { servedAs: { 'model-2': 'deployed' } } }, CHAT],
  ['another address', 'openai', { url: 'http://there.test/v1' }, { ...CHAT_WITHOUT_LIMIT, max_tokens: 4096 }],
  ['tokenLimit', 'openai', { access: { tokenLimit: 'max_tokens' } }, { ...CHAT_WITHOUT_LIMIT, max_tokens: 4096 }],
  [
    'tokenLimit at another address',
    'openai',
    { url: 'http://there.test/v1', access: { tokenLimit: 'max_completion_tokens' } },
    CHAT,
  ],
];

describe('the body of a request', () => {
  it.each(TABLE)('with %s over the %s protocol is the same singly and in a batch', async (_, protocol, given, body) => {
    expect((await sendSingly(protocol, given)).body).toEqual(body);
    expect(writeLine(protocol, given)).toEqual(body);
  });
});

describe('the headers of a request', () => {
  const given = { headers: { 'x-team': 'skills', 'api-key': 'planted-secret' } };

  it.each(['openai', 'anthropic'] as const)('are the extra ones too, over the %s protocol', async (protocol) => {
    const provider = clientsOf(protocol).single(settingsOf(given));
    await provider.send(requestFor({}), new AbortController().signal);
    const { headers } = sent.at(-1) as Sent;
    expect(headers.get('x-team')).toBe('skills');
    expect(headers.get('api-key')).toBe('planted-secret');
  });

  it.each(['openai', 'anthropic'] as const)('are on what submits a batch, over the %s protocol', async (protocol) => {
    const batches = clientsOf(protocol).batch?.({ ...settingsOf(given), inTransitMs: 0, warn: () => undefined });
    await batches?.cancel('batch_1', new AbortController().signal).catch(() => undefined);
    expect((sent.at(-1) as Sent).headers.get('api-key')).toBe('planted-secret');
  });

  it('name organisation and project where the study does, and nothing of the environment', async () => {
    const { headers } = await sendSingly('openai', { access: { organisation: 'org-1', project: 'proj-1' } });
    expect([headers.get('openai-organization'), headers.get('openai-project')]).toEqual(['org-1', 'proj-1']);
    const { OPENAI_ORG_ID: before } = process.env;
    process.env['OPENAI_ORG_ID'] = 'org-of-somebody';
    try {
      for (const url of [undefined, 'http://there.test/v1'])
        expect(
          (await sendSingly('openai', url === undefined ? {} : { url })).headers.get('openai-organization'),
        ).toBeNull();
    } finally {
      if (before === undefined) delete process.env['OPENAI_ORG_ID'];
      else process.env['OPENAI_ORG_ID'] = before;
    }
  });
});

describe('the key of a request', () => {
  it('is what it was before these parameters were there', () => {
    expect(requestKey(requestFor({}))).toBe('e62fe980562abcd88a84a91d98a1ece316b3886900d9ac5fddff0d170a1eac68');
  });

  it('differs for each parameter that changes what the model writes', () => {
    const changes: Partial<Parameters>[] = [
      {},
      { reasoningEffort: 'none' },
      { reasoningEffort: 'high' },
      { thinking: 'off' },
      { thinking: 'adaptive' },
      { thinking: { budget: 1024 } },
      { thinking: { budget: 2048 } },
      { verbosity: 'low' },
      { verbosity: 'high' },
    ];
    const keys = changes.map((parameters) => requestKey(requestFor({ parameters })));
    expect(new Set(keys).size).toBe(changes.length);
  });
});
