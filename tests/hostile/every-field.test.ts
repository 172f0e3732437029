/** The whole protocol, field by field: each absent, null, empty, of another type, doubled; and every status with every body. */
import { describe, expect, it } from '@jest/globals';
import { classify } from '../../activities/providers/classify.ts';
import { readErrorText } from '../../activities/providers/error-words.ts';
import { ProviderFault } from '../../activities/providers/provider-fault.ts';
import { readCompletion } from '../../activities/providers/read-completion.ts';
import { readMessage } from '../../activities/providers/read-message.ts';
import type { ModelReply } from '../../contracts/calls.ts';
import { costOf } from '../../domain/money/spending.ts';
import { requestOf } from '../support/test-home.ts';

const SECRET = 'SECRET WORDS OF A PROVIDER';
const request = requestOf();

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi', refusal: null }, finish_reason: 'stop' }],
  usage: {
    ...{ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
    ...{ completion_tokens_details: { reasoning_tokens: 0 }, prompt_tokens_details: { cached_tokens: 0 } },
  },
  system_fingerprint: 'fp',
};
const MESSAGE = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'hi' }],
  usage: { input_tokens: 7, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
};

type Path = readonly (string | number)[];
const isNode = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function pathsOf(value: unknown, path: Path = []): Path[] {
  const below = isNode(value) ? Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key])) : [];
  return [path, ...below];
}

function changeAt(value: unknown, [key, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  const changed = changeAt(copy[key], rest, change);
  if (changed === undefined) delete copy[key];
  else copy[key] = changed;
  return copy;
}

const WRONG: readonly unknown[] = [
  ...[undefined, null, '', ' ', SECRET, '5', 'null', 0, 5, -1, 1.5, 1e300, true, false, [], {}],
  ...[
    [null],
    [[]],
    [{}],
    { type: SECRET },
    { text: 'x' },
    { error: SECRET },
    [{ type: 'text' }],
    [{ type: 'text', text: 5 }],
  ],
];

const READERS = [
  ['a completion', COMPLETION, (body: unknown) => readCompletion('there', request, body)],
  ['a message', MESSAGE, (body: unknown) => readMessage('there', request, body)],
] as const;

/** A reply that is sound in itself, or a fault in our words. */
function requireSound(read: () => ModelReply, shown: string): void {
  let reply: ModelReply;
  try {
    reply = read();
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw new Error(`${shown}: ${String(error)}`, { cause: error });
    if (error.message.includes('SECRET')) throw new Error(`${shown}: its words are passed on: ${error.message}`);
    return;
  }
  const { usage, text, end, servedModel } = reply;
  const counts = [usage.inputTokens, usage.outputTokens, usage.cachedTokens ?? 0, usage.reasoningTokens ?? 0];
  const isSound =
    typeof text === 'string' &&
    ['complete', 'refused', 'truncated'].includes(end) &&
    typeof servedModel === 'string' &&
    servedModel !== '' &&
    counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= 1e9) &&
    costOf({ m: { input: 1, output: 2 } }, 'm', usage) >= 0n;
  if (!isSound) throw new Error(`${shown}: ${JSON.stringify(reply)}`);
}

describe.each(READERS)('every field of %s', (_, body, read) => {
  it('may be absent, null, empty or of another type, and its list or object doubled or empty', () => {
    const paths = pathsOf(body);
    expect(paths.length).toBeGreaterThan(12);
    for (const path of paths) {
      for (const wrong of WRONG)
        requireSound(() => read(changeAt(body, path, () => wrong)), `${path.join('.')} = ${JSON.stringify(wrong)}`);
      const twice = (old: unknown) =>
        Array.isArray(old) ? [...(old as unknown[]), ...(old as unknown[])] : [old, old];
      requireSound(() => read(changeAt(body, path, twice)), `${path.join('.')} doubled`);
    }
  });

  it('that ends otherwise is complete only by an end that is known', () => {
    const place: Path = 'choices' in body ? ['choices', 0, 'finish_reason'] : ['stop_reason'];
    for (const wrong of WRONG) {
      const changed = changeAt(body, place, () => wrong);
      expect(() => read(changed)).toThrow(ProviderFault);
    }
  });
});

describe('every status', () => {
  const STATUSES = [300, 304, ...Array.from({ length: 200 }, (_, index) => 400 + index)];
  const BODIES: readonly unknown[] = [
    ...['', '<html>', 'no', '{', 'null', '[]', '5', '""'],
    ...[{}, { error: null }, { error: SECRET }, { error: {} }, { error: [] }, { detail: SECRET }, { detail: [] }],
    { error: { message: SECRET, type: SECRET, code: SECRET, param: SECRET } },
    { error: { message: null, type: 5, code: {}, param: [] } },
    [{ error: { message: SECRET, code: 400 } }],
    { type: 'error', error: { type: 'invalid_request_error', message: SECRET, details: null } },
  ];

  it('with every body is a fault in our words that is held, waited for, or counted; none is an outcome', () => {
    for (const status of STATUSES)
      for (const body of BODIES) {
        const { words } = readErrorText(typeof body === 'string' ? body : JSON.stringify(body));
        const fault = classify('there', { status, words, requestId: SECRET });
        expect([status, fault.message.includes('SECRET'), fault.outcome]).toEqual([status, false, undefined]);
        // A client's mistake that is nothing else never waits without an end.
        const passes =
          [408, 409, 425, 429, 499].includes(status) || (status >= 500 && ![501, 505, 510].includes(status));
        if (!passes && fault.streak === undefined) expect([status, fault.hold]).toEqual([status, true]);
      }
  });
});
