import { describe, expect, it } from '@jest/globals';
import type { ModelRequest, StoredCall } from '../../../contracts/calls.ts';
import type { WriterPrompt } from '../../../contracts/catalog.ts';
import { readWritten } from '../../../domain/requests/read-back.ts';
import { readGrading } from '../../../domain/requests/read-grading.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { splitThoughts } from '../../../domain/requests/split-thoughts.ts';
import { replyOf, requestOf } from '../../support/test-home.ts';

describe('thoughts in a reply', () => {
  it.each([
    ['plain', 'plain', false],
    [' kept as it is ', ' kept as it is ', false],
    ['<think>a draft</think>\nThe text.', 'The text.', false],
    ['<THINK>\na\n</THINK>The text.', 'The text.', false],
    ['<thinking>a</thinking>b<think>c</think>d', 'bd', false],
    ['<think>a<think>b</think>c</think>d', 'd', false],
    ['[THINK]a[/THINK]b', 'b', false],
    ['begun in the prompt</think>The text.', 'The text.', false],
    ['<think></think>', '', false],
    ['<think>never closed', '', true],
    ['The text. <think>and again', 'The text.', true],
    ['2 < 3 think > 1', '2 < 3 think > 1', false],
  ])('%j leave %j', (reply, text, open) => {
    expect(splitThoughts(reply)).toEqual({ text, open });
  });
});

describe('a conversation whose turns think aloud', () => {
  const prompt: WriterPrompt = { turns: ['one', 'two'], answer: 'labelled' };
  const requestAfter = (replies: readonly string[]): ModelRequest =>
    requestOf({ messages: replies.map((content) => ({ role: 'assistant', content })) });
  const read = (calls: readonly (readonly [ModelRequest, StoredCall])[]) => {
    const ledger = new Map(calls.map(([request, reply]) => [requestKey(request), reply]));
    return readWritten((key) => Promise.resolve(ledger.get(key)), prompt, requestAfter);
  };
  const first = [requestAfter([]), replyOf('<think>Answer: draft.</think>\nAnswer: First.')] as const;

  it('sends back and keeps what was said', async () => {
    expect(await read([first])).toEqual({ end: 'open', request: requestAfter(['Answer: First.']) });
    const second = [requestAfter(['Answer: First.']), replyOf('<think>x</think>Answer: The real text.')] as const;
    expect(await read([first, second])).toMatchObject({
      end: 'generated',
      text: 'The real text.',
      replies: ['Answer: First.', 'Answer: The real text.'],
    });
  });

  it('is truncated where a thought has no end', async () => {
    expect(await read([[requestAfter([]), replyOf('<think>Answer: draft.')]])).toEqual({ end: 'truncated' });
  });

  it('finds what was asked before thoughts were left out', async () => {
    const second = [requestAfter([first[1].text]), replyOf('Answer: Paid for.')] as const;
    expect(await read([first, second])).toMatchObject({ end: 'generated', text: 'Paid for.' });
  });
});

describe('a grading', () => {
  const table = (cell: string) => `| criterion | points |\n| --- | --- |\n| 1. a | ${cell} |\n| 2. b | 1 |`;
  const read = (reply: string, format: 'table' | 'json' = 'table') => readGrading(reply, { points: 2, format });

  it.each(['\u200b1', '1\u200b', '\ufeff1', '\u2060\u200e1\u200f', '1\u00ad', '\u00a01\u00a0', '**\u200b1**'])(
    'is read through what nobody sees: %j',
    (cell) => expect(read(table(cell))).toEqual({ end: 'graded', points: [1, 1] }),
  );

  it.each([
    '1 (no, 0)',
    '0 (yes)',
    '1 (no)',
    '1 - no, 0',
    '1 (actually 0)',
    '1 (but 0)',
    '0 (so 1)',
    '1 (= 0)',
    '1 (0)',
  ])('that contradicts itself is unparsable: %s', (cell) => expect(read(table(cell)).end).toBe('unparsable'));

  it.each([
    ['1 (plainly)', 1],
    ['1 (yes)', 1],
    ['0 (no)', 0],
    ['0 (only 1 sentence)', 0],
    ['1 (no doubt about it)', 1],
    ['1 (2 uses, 1 clear)', 1],
    ['0.5 (no, 0)', 0.5],
  ])('with a remark is read: %s', (cell, points) => {
    expect(read(table(cell))).toEqual({ end: 'graded', points: [points, 1] });
  });

  it.each([
    '{"a": 1, "a": 0, "b": 1}',
    '{"a": 1, "\\u0061": 0, "b": 1}',
    '{"criteria": [{"points": 1, "points": 0}, {"points": 1}]}',
    '{"criteria": [{"points": 1, "score": 0}, {"points": 1}]}',
    '{"criteria": [{"score": 1, "mark": "0"}, {"points": 1}]}',
  ])('in JSON that says two things is unparsable: %s', (reply) => {
    expect(read(reply, 'json').end).toBe('unparsable');
  });

  it.each([
    '{"criteria": [{"points": 1, "score": "1"}, {"points": 1}]}',
    '{"criteria": [{"points": 1, "why": "says {\\"a\\": 1, \\"a\\": 0}"}, {"points": 1}]}',
  ])('in JSON that says one thing is read: %s', (reply) => {
    expect(read(reply, 'json')).toEqual({ end: 'graded', points: [1, 1] });
  });
});
