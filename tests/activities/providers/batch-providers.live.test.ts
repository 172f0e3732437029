import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { anthropicBatchProvider } from '../../../activities/providers/anthropic-batch-provider.ts';
import { anthropicProvider } from '../../../activities/providers/anthropic-provider.ts';
import type {
  BatchIntent,
  BatchItem,
  BatchItemResult,
  BatchProvider,
} from '../../../activities/providers/batch-provider.ts';
import { classifyBatch, classifyItem } from '../../../activities/providers/classify.ts';
import { openaiBatchProvider } from '../../../activities/providers/openai-batch-provider.ts';
import { openaiProvider } from '../../../activities/providers/openai-provider.ts';
import type { ProviderFault } from '../../../activities/providers/provider-fault.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { submit } from '../../support/batch-bench.ts';
import { answerJson, message, startRecording, type Recorded } from '../../support/recording-server.ts';
import { fault, requestOf } from '../../support/test-home.ts';

let lab: Lab;
beforeAll(async () => void (lab = await startLab()));
beforeEach(() => lab.setFaults({}));
afterAll(() => lab.close());

type Protocol = 'openai' | 'anthropic';
const PROTOCOLS = ['openai', 'anthropic'] as const;
const never = new AbortController().signal;
const warned: unknown[] = [];
beforeEach(() => void (warned.length = 0));

const urlOf = (protocol: Protocol): string => (protocol === 'openai' ? lab.openaiUrl : lab.anthropicUrl);
const provider = (
  protocol: Protocol,
  { url = urlOf(protocol), inTransitMs = 0, deadline = 60_000 } = {},
): BatchProvider => {
  const warn = (text: string, attributes: object) => void warned.push({ text, ...attributes });
  const settings = { name: 'there', url, apiKey: 'lab', deadline, inTransitMs, warn };
  return protocol === 'openai' ? openaiBatchProvider(settings) : anthropicBatchProvider(settings);
};
const single = (protocol: Protocol) =>
  (protocol === 'openai' ? openaiProvider : anthropicProvider)({
    name: 'there',
    url: urlOf(protocol),
    apiKey: 'lab',
    deadline: 60_000,
  });

let sample = 0;
/** Items that no test has asked before. */
const itemsOf = (protocol: Protocol, count: number): BatchItem[] =>
  Array.from({ length: count }, () => {
    const model = protocol === 'openai' ? 'lab-teacher' : 'lab-lenient';
    const request = requestOf({ model, sample: (sample += 1) });
    return { customId: requestKey(request), request };
  });
const idsOf = (items: readonly BatchItem[]): ReadonlySet<string> => new Set(items.map(({ customId }) => customId));

let intents = 0;
function intentOf(items: readonly BatchItem[], given: Partial<BatchIntent> = {}): BatchIntent {
  return { id: `intent-${(intents += 1)}`, since: Date.now(), ago: 0, customIds: idsOf(items), ...given };
}

async function collect(results: AsyncIterable<BatchItemResult>): Promise<BatchItemResult[]> {
  const all: BatchItemResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

const kindOf = (result: BatchItemResult): string =>
  'reply' in result ? 'reply' : 'fault' in result ? result.fault.type : result.lacking;

async function untilEnded(there: BatchProvider, id: string): Promise<void> {
  while ((await there.poll(id, never)).state === 'working') await sleep(20);
}

describe.each(PROTOCOLS)('batches over the %s protocol', (protocol) => {
  it('bring what single calls bring, each item once, in any order', async () => {
    const items = itemsOf(protocol, 10);
    const there = provider(protocol);
    const id = await submit(there, 'round-trip', items);
    expect(await there.poll(id, never)).toEqual({ state: 'ended' });
    const results = await collect(there.results(id, idsOf(items), never));
    expect(results.map(({ customId }) => customId)).not.toEqual([...idsOf(items)]);
    for (const { customId, request } of items) {
      const found = results.filter((result) => result.customId === customId);
      // What it says of itself beside its text names the request that brought it.
      const { details: _, ...reply } = await single(protocol).send(request, never);
      expect(found).toMatchObject([{ customId, reply }]);
    }
    expect(warned).toEqual([]);
  });

  it('tell expired items and server errors as lacking, and bad requests as their outcome', async () => {
    lab.setFaults({ batches: { expire: 0.3, fail: 0.3 } });
    const items = itemsOf(protocol, 30);
    const [{ request } = { request: requestOf() }] = items;
    const bad = { ...request, messages: [], ask: 7 };
    items.push({ customId: requestKey(bad), request: bad });
    const there = provider(protocol);
    const results = await collect(there.results(await submit(there, 'partial', items), idsOf(items), never));
    expect(idsOf(items)).toEqual(new Set(results.map(({ customId }) => customId)));
    expect(new Set(results.map(kindOf))).toEqual(new Set(['reply', 'expired', 'failed', FAILURES.badRequest]));
    const rejected = results.find(({ customId }) => customId === requestKey(bad));
    expect(rejected).toMatchObject({ fault: { message: expect.stringMatching(/^there: status 400.*rejected/) } });
  });

  it('that were submitted as the connection broke are found again, and others are not', async () => {
    const items = itemsOf(protocol, 4);
    const there = provider(protocol);
    await submit(there, 'other', itemsOf(protocol, 4));
    const intent = intentOf(items);
    expect(await there.find(intent, never)).toBe('none');
    expect(await provider(protocol, { inTransitMs: 60_000 }).find(intent, never)).toBe('unresolved');
    lab.setFaults({ batches: { submitCut: 1 } });
    const cut = (await fault(submit(there, intent.id, items))) as ProviderFault;
    expect(cut).toMatchObject({ type: FAILURES.outage, abandoned: true });
    const { found } = (await there.find(intent, never)) as { found: string };
    const results = await collect(there.results(found, intent.customIds, never));
    expect(results.map(kindOf)).toEqual(['reply', 'reply', 'reply', 'reply']);
    expect(await there.find({ ...intent, known: new Set([found]) }, never)).toBe('none');
    // Submitted while our clock was wrong by hours.
    for (const off of [-2, 2])
      expect(await there.find({ ...intent, since: Date.now() + off * 3_600_000 }, never)).toEqual({ found });
    expect(await there.find({ ...intent, since: Date.now() + 25 * 3_600_000 }, never)).not.toEqual({ found });
  });

  it('can be cancelled and then bring what was ready; one that has ended stays as it is', async () => {
    lab.setFaults({ batches: { delaySeconds: [0, 60] } });
    const items = itemsOf(protocol, 400);
    const there = provider(protocol);
    const id = await submit(there, 'cancelled', items);
    // Some are ready by then, and the last one long after.
    await sleep(2_000);
    await there.cancel(id, never);
    await untilEnded(there, id);
    const kinds = (await collect(there.results(id, idsOf(items), never))).map(kindOf);
    expect(kinds).toHaveLength(400);
    expect(new Set(kinds)).toEqual(new Set(['reply', 'cancelled']));
    await there.cancel(id, never);
  });

  it('with damaged lines are read again before an item counts as lacking, and never conclude from rubbish', async () => {
    const items = itemsOf(protocol, 20);
    const there = provider(protocol);
    const id = await submit(there, 'garbled', items);
    lab.setFaults({ batches: { garbled: 0.3 } });
    const kinds = (await collect(there.results(id, idsOf(items), never))).map(kindOf);
    expect(kinds).toHaveLength(20);
    expect(kinds.filter((kind) => kind === 'reply').length).toBeGreaterThan(14);
    expect(warned).toContainEqual(expect.objectContaining({ id, unreadable: expect.any(Number) }));
    lab.setFaults({ batches: { garbled: 1 } });
    expect(await fault(collect(there.results(id, idsOf(items), never)))).toMatchObject({
      type: FAILURES.outage,
      message: expect.stringContaining('no line of the results'),
      hold: true,
    });
  });

  it('skip lines that are not ours', async () => {
    const items = itemsOf(protocol, 5);
    const there = provider(protocol);
    const id = await submit(there, 'foreign', items);
    const ours = idsOf(items.slice(1));
    const results = await collect(there.results(id, ours, never));
    expect(new Set(results.map(({ customId }) => customId))).toEqual(ours);
    expect(warned).toEqual([expect.objectContaining({ id, foreign: 1, repeated: 0, unreadable: 0 })]);
  });

  it.each([
    ['rateLimit', FAILURES.rateLimit],
    ['quota', FAILURES.quota],
    ['overloaded', FAILURES.overload],
    ['hung', FAILURES.outage],
    ['brokenEnvelope', FAILURES.outage],
  ] as const)('fail by %s as single calls do', async (transport, type) => {
    const items = itemsOf(protocol, 2);
    const id = await submit(provider(protocol), `transport-${transport}`, items);
    lab.setFaults({ transport: { [transport]: 1 } });
    const there = provider(protocol, transport === 'hung' ? { deadline: 300 } : {});
    const failures = [
      await fault(submit(there, 'refused', items)),
      await fault(there.poll(id, never)),
      await fault(there.find(intentOf(items), never)),
      await fault(there.find(intentOf(items), never)),
      await fault(collect(there.results(id, idsOf(items), never))),
      await fault(collect(there.results(id, idsOf(items), never))),
    ];
    expect(failures).toMatchObject(failures.map(() => ({ name: 'ProviderFault', type })));
  });

  it('that do not exist are no missing model', async () => {
    expect(await fault(provider(protocol).poll('batch_9', never))).toMatchObject({
      type: FAILURES.badRequest,
      message: expect.stringContaining('no such batch'),
    });
  });
});

describe("Anthropic's batches", () => {
  it('are unresolved while a candidate is open, and found once it has ended', async () => {
    lab.setFaults({ batches: { delaySeconds: [3_600, 3_600] } });
    const there = provider('anthropic');
    const items = itemsOf('anthropic', 3);
    const id = await submit(there, 'unmarked', items);
    expect(await there.find(intentOf(items), never)).toBe('unresolved');
    expect(await there.find(intentOf(itemsOf('anthropic', 2)), never)).toBe('none');
    await there.cancel(id, never);
    await untilEnded(there, id);
    expect(await there.find(intentOf(items), never)).toEqual({ found: id });
  });

  it('of which a line comes twice keep the first, and one without a usage is estimated', async () => {
    const [one, two] = itemsOf('anthropic', 2) as [BatchItem, BatchItem];
    const line = (item: BatchItem, text: string, given = {}) =>
      JSON.stringify({
        custom_id: item.customId,
        result: { type: 'succeeded', message: message('lab-lenient', text, given) },
      });
    const lines = [line(one, 'first'), line(one, 'second'), line(two, 'unpaid', { usage: null })];
    const server = await startRecording(({ path }: Recorded, response) =>
      path.endsWith('/results')
        ? response.end(lines.join('\n'))
        : answerJson(response, { id: 'msgbatch_1', processing_status: 'ended', archived_at: null }),
    );
    const there = provider('anthropic', { url: server.url });
    const results = await collect(there.results('msgbatch_1', idsOf([one, two]), never));
    expect(results).toMatchObject([
      { customId: one.customId, reply: { text: 'first' } },
      { customId: two.customId, reply: { usage: { estimated: true } } },
    ]);
    expect(server.requests.filter(({ path }) => path.endsWith('/results'))).toHaveLength(1);
    expect(warned).toContainEqual(expect.objectContaining({ repeated: 1, unreadable: 0 }));
  });
});

describe("OpenAI's batches", () => {
  it('that were refused as a whole say why, and every item is lacking', async () => {
    const there = provider('openai');
    const items = [...itemsOf('openai', 2), { customId: 'a'.repeat(64), request: requestOf({ model: 'gpt-9' }) }];
    const id = await submit(there, 'refused', items);
    const state = await there.poll(id, never);
    expect(state).toMatchObject({ state: 'ended', fault: { type: FAILURES.modelGone } });
    const results = await collect(there.results(id, idsOf(items), never));
    expect(results.map(kindOf)).toEqual(['failed', 'failed', 'failed']);
  });
});

describe('an item or a batch that was answered by an error', () => {
  it.each([
    [{ status: 400 }, FAILURES.badRequest],
    [{ status: 404, code: 'model_not_found' }, FAILURES.modelGone],
    [{ code: 'billing_error' }, FAILURES.quota],
    [{ code: 'permission_error' }, FAILURES.auth],
    [{ code: 'request_too_large' }, FAILURES.badRequest],
    [{ status: 429 }, 'failed'],
    [{ code: 'overloaded_error' }, 'failed'],
    [{ code: 'an_error_of_tomorrow' }, 'failed'],
  ])('%j is %s', (error, kind) => {
    expect(kindOf({ customId: 'x', ...classifyItem('there', { ...error, body: { error } }) })).toBe(kind);
  });

  it('names a full queue as a rate limit and repeats no words of the provider', () => {
    expect(classifyBatch('there', { code: 'token_limit_exceeded' }).type).toBe(FAILURES.rateLimit);
    expect(classifyBatch('there', { code: 'invalid_json_line' }).type).toBe(FAILURES.badRequest);
    expect(classifyBatch('there', { code: 'words of a provider' }).message).not.toContain('words');
  });
});
