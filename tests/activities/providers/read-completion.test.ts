import { describe, expect, it } from '@jest/globals';
import { readCompletion } from '../../../activities/providers/read-completion.ts';
import { requestOf } from '../../support/test-home.ts';

const read = (given: object, content = 'A reply of some words.') =>
  readCompletion('p', requestOf(), {
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
    ...given,
  });

it.each([{ error: { message: null, code: null } }, { error: { message: '' } }, { error: {} }, { error: null }])(
  'an error that says nothing beside a reply is none: %j',
  (given) => {
    expect(read(given)).toMatchObject({ end: 'complete', usage: { inputTokens: 7, outputTokens: 5 } });
  },
);

it.each(['text', 5, true, ['text'], null])('a message of another type is no reply without a text: %j', (message) => {
  expect(() => read({ choices: [{ index: 0, message, finish_reason: 'stop' }] })).toThrow(/it has no message/);
});

describe('a usage of no tokens', () => {
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

  it('is estimated, and marked, where there is a text', () => {
    const { usage: read0 } = read({ usage });
    expect(read0.estimated).toBe(true);
    expect(read0.inputTokens).toBeGreaterThan(0);
    expect(read0.outputTokens).toBeGreaterThan(0);
  });

  it('is believed of a reply without a text', () => {
    expect(read({ usage: { ...usage, prompt_tokens: 7 } }, '').usage).toEqual({ inputTokens: 7, outputTokens: 0 });
  });
});
