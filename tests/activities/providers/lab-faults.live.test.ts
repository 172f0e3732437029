import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anthropicProvider } from '../../../activities/providers/anthropic-provider.ts';
import type { ModelProvider } from '../../../activities/providers/model-provider.ts';
import { openaiProvider } from '../../../activities/providers/openai-provider.ts';
import { ProviderFault } from '../../../activities/providers/provider-fault.ts';
import type { ModelReply } from '../../../contracts/calls.ts';
import { FAILURES, type FailureType } from '../../../contracts/failures.ts';
import type { FaultsInput } from '../../../lab/servers/faults.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { fault, requestOf } from '../../support/test-home.ts';

let lab: Lab;
beforeAll(async () => void (lab = await startLab()));
afterAll(() => lab.close());

type Protocol = 'openai' | 'anthropic';
const PROTOCOLS = ['openai', 'anthropic'] as const;
const never = new AbortController().signal;

const provider = (protocol: Protocol, { deadline = 60_000, apiKey = 'lab' } = {}): ModelProvider =>
  protocol === 'openai'
    ? openaiProvider({ name: 'there', url: lab.openaiUrl, apiKey, deadline })
    : anthropicProvider({ name: 'there', url: lab.anthropicUrl, apiKey, deadline });

let asked = 0;
/** A request that was never made before, so that every one meets the configured fault anew. */
const freshRequest = (protocol: Protocol) =>
  protocol === 'openai'
    ? requestOf({ sample: (asked += 1) })
    : requestOf({ model: 'lab-lenient', sample: (asked += 1), messages: [{ role: 'user', content: GRADING }] });

const GRADING = `Grade <text>By jove, the harbour waited.</text>
| criterion | points |
| --- | --- |
| shows oath | |
| is about harbour | |`;

async function withFaults(faults: FaultsInput, protocol: Protocol, options = {}): Promise<ModelReply | ProviderFault> {
  lab.setFaults(faults);
  return provider(protocol, options)
    .send(freshRequest(protocol), never)
    .catch((error: unknown) => error as ProviderFault);
}

describe.each(PROTOCOLS)('a reply over the %s protocol', (protocol) => {
  it('is complete, with the model that answered and what it used', async () => {
    const reply = (await withFaults({}, protocol)) as ModelReply;
    expect(reply.end).toBe('complete');
    expect(reply.text).toMatch(protocol === 'openai' ? /^Answer: / : /\| shows oath \| [01] \|/);
    expect(reply.servedModel).toBe(protocol === 'openai' ? 'lab-teacher' : 'lab-lenient');
    expect(reply.usage.inputTokens).toBeGreaterThan(5);
    expect(reply.usage.outputTokens).toBeGreaterThan(5);
  });

  it.each([
    ['refused', 'refused'],
    ['truncated', 'truncated'],
    ['malformed', 'complete'],
  ] as const)('may be %s: it ends as %s and keeps its text', async (content, end) => {
    const reply = await withFaults({ content: { [content]: 1 } }, protocol);
    expect(reply).toMatchObject({ end, text: expect.stringMatching(/\w/) });
  });

  it('may be cut by its own limit of tokens', async () => {
    lab.setFaults({});
    const request = freshRequest(protocol);
    const limited = { ...request, parameters: { ...request.parameters, maxTokens: 4 } };
    expect((await provider(protocol).send(limited, never)).end).toBe('truncated');
  });
});

interface Expected {
  readonly type: FailureType;
  readonly retryAfter?: number;
  readonly abandoned: boolean;
}
const TRANSPORT: readonly [string, FaultsInput['transport'], Expected][] = [
  ['a rate limit', { rateLimit: 1 }, { type: FAILURES.rateLimit, retryAfter: 7_000, abandoned: false }],
  ['an empty account', { quota: 1 }, { type: FAILURES.quota, abandoned: false }],
  ['a server error', { serverError: 1 }, { type: FAILURES.outage, abandoned: false }],
  ['overload', { overloaded: 1 }, { type: FAILURES.overload, abandoned: false }],
  ['a connection cut in the body', { cut: 1 }, { type: FAILURES.outage, abandoned: true }],
  ['no answer at all', { hung: 1 }, { type: FAILURES.outage, abandoned: true }],
  ['an answer after the deadline', { slow: 1 }, { type: FAILURES.outage, abandoned: true }],
];

describe.each(PROTOCOLS)('transport over the %s protocol', (protocol) => {
  it.each(TRANSPORT)(
    '%s is named, with its wait and whether it may have been charged',
    async (_, transport, wanted) => {
      const faults = { transport, retryAfterSeconds: 7, slowMilliseconds: 600_000 };
      const late = transport?.hung === 1 || transport?.slow === 1;
      const error = await withFaults(faults, protocol, late ? { deadline: 400 } : {});
      expect(error).toBeInstanceOf(ProviderFault);
      const { type, retryAfter, abandoned } = error as ProviderFault;
      expect({ type, retryAfter, abandoned }).toEqual({ retryAfter: undefined, ...wanted });
    },
  );

  it('a broken envelope is never an outcome, whatever its shape', async () => {
    lab.setFaults({ transport: { brokenEnvelope: 1 } });
    const request = freshRequest(protocol);
    for (const shape of ['half of the JSON', 'JSON of another shape', 'half again']) {
      const error = (await fault(provider(protocol).send(request, never))) as ProviderFault;
      expect([shape, error.type, error.abandoned]).toEqual([shape, FAILURES.outage, true]);
    }
  });

  it('a slow answer within the deadline is an answer', async () => {
    const reply = await withFaults({ transport: { slow: 1 }, slowMilliseconds: 200 }, protocol);
    expect(reply).toMatchObject({ end: 'complete' });
  });

  it('an unknown model is gone, and not asked for again', async () => {
    lab.setFaults({});
    const error = await fault(provider(protocol).send(requestOf({ model: 'retired' }), never));
    expect(error).toMatchObject({ type: FAILURES.modelGone, abandoned: false });
  });

  it('a server that is not there is an outage', async () => {
    const nobody = await startLab();
    await nobody.close();
    const settings = { name: 'there', apiKey: 'lab', deadline: 1_000 };
    const away =
      protocol === 'openai'
        ? openaiProvider({ ...settings, url: nobody.openaiUrl })
        : anthropicProvider({ ...settings, url: nobody.anthropicUrl });
    expect(await fault(away.send(freshRequest(protocol), never))).toMatchObject({ type: FAILURES.outage });
  });

  it('is given up when the activity is told to stop', async () => {
    lab.setFaults({ transport: { hung: 1 } });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const error = await fault(provider(protocol).send(freshRequest(protocol), stop.signal));
    expect(error).toMatchObject({ type: FAILURES.outage, abandoned: true });
  });
});
