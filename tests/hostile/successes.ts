/** Answers with status 200: shapes of replies, and what they cost. */
import { anthropic, completion, GOOD, openai, said, USAGE, type HostileCase } from './hostile-case.ts';

const HELD_AT_ONCE = { requests: 1, booked: { errors: 1 }, end: 'held' } as const;
/** A first turn that is played once, then the lab. */
const TAKEN = { requests: 2, booked: { replies: 2 }, end: 'generated' } as const;
const ASKED_AGAIN = { requests: 3, booked: { replies: 2, abandoned: 1 }, end: 'generated' } as const;
const HELD_UNREAD = { requests: 3, booked: { abandoned: 3 }, end: 'held' } as const;

const SHAPES: readonly HostileCase[] = [
  openai('content null with stop', { when: 'once', answer: said(null), expected: TAKEN }),
  openai('content absent with length', {
    when: 'always',
    answer: { body: completion({ role: 'assistant', reasoning_content: '..' }, {}, 'length') },
    expected: { requests: 1, booked: { replies: 1, output: 20 }, end: 'truncated' },
  }),
  openai('content in parts', {
    when: 'once',
    answer: said([
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
      { type: 'text', text: GOOD },
    ]),
    expected: TAKEN,
  }),
  openai('no usage', { when: 'once', answer: said(GOOD, { usage: undefined }), expected: TAKEN }),
  openai('usage in words', { when: 'once', answer: said(GOOD, { usage: { prompt_tokens: 'many' } }), expected: TAKEN }),
  openai('an empty refusal beside a text', {
    when: 'once',
    answer: { body: completion({ role: 'assistant', content: GOOD, refusal: '' }) },
    expected: TAKEN,
  }),
  openai('content that is a number', {
    when: 'always',
    answer: said(5),
    expected: { ...HELD_UNREAD, booked: { abandoned: 3, output: 60 }, told: /content is no text.*3 times/ },
  }),
  openai('no choices', {
    when: 'always',
    answer: { body: { model: 'MODEL', choices: [], usage: USAGE } },
    expected: { ...HELD_UNREAD, booked: { abandoned: 3, output: 60 }, told: /no message/ },
  }),
  openai('no model', {
    when: 'always',
    answer: said(GOOD, { model: null }),
    expected: { ...HELD_UNREAD, booked: { abandoned: 3, output: 60 }, told: /which model has answered/ },
  }),
  ...['error', 'tool_calls', null, '', 'abort'].map((finish) =>
    openai(`finish reason ${JSON.stringify(finish)}`, {
      when: 'once',
      answer: said('Answer: A te', {}, finish),
      expected: { ...ASKED_AGAIN },
    }),
  ),
  openai('finish reason error, always', {
    when: 'always',
    answer: said('Answer: A te', {}, 'error'),
    expected: { ...HELD_UNREAD, booked: { abandoned: 3, output: 60 }, told: /ended by "error"/ },
  }),
  anthropic('stop reason tool_use', {
    when: 'once',
    answer: {
      body: {
        ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'MODEL', stop_reason: 'tool_use' },
        ...{ content: [{ type: 'text', text: '| a | 1 |' }], usage: { input_tokens: 9, output_tokens: 9 } },
      },
    },
    expected: { requests: 2, booked: { replies: 1, abandoned: 1 }, end: 'graded' },
  }),
  openai('200 with an error of a rate limit', {
    when: 'first sight',
    answer: { body: { error: { message: 'Rate limit exceeded', code: 429 } } },
    expected: { requests: 4, booked: { replies: 2, errors: 2 }, end: 'generated' },
  }),
  openai('200 with an error that says nothing', {
    when: 'always',
    answer: { body: { error: { message: 'Provider returned error' } } },
    expected: { requests: 3, booked: { errors: 3 }, end: 'held', told: /an error with status 200/ },
  }),
  openai('200 with an error of the account', {
    when: 'always',
    answer: { body: { error: { message: 'no', code: 'insufficient_quota' } } },
    expected: { ...HELD_AT_ONCE, told: /limit/ },
  }),
  openai('a page of a proxy', {
    when: 'always',
    answer: { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
    expected: { requests: 3, booked: { errors: 3 }, end: 'held', told: /a web page.*check `endpoint`/ },
  }),
  openai('a reply as plain text', {
    when: 'once',
    answer: { ...said(GOOD), headers: { 'content-type': 'text/plain' } },
    expected: TAKEN,
  }),
  openai('an empty body', { when: 'once', answer: { body: '' }, expected: ASKED_AGAIN }),
  openai('half of a body', { when: 'once', answer: { ...said(GOOD), cutAfter: 0.5 }, expected: ASKED_AGAIN }),
  openai('half of a body, always', {
    when: 'always',
    answer: { ...said(GOOD), cutAfter: 0.5 },
    expected: { ...HELD_UNREAD, told: /connection broke/ },
  }),
  openai('JSON of another shape, always', {
    when: 'always',
    answer: { body: { status: 'ok' } },
    expected: { ...HELD_UNREAD, told: /another shape.*`endpoint`/ },
  }),
  openai('a reply longer than any limit', {
    when: 'always',
    answer: said('x'.repeat(17 * 2 ** 20)),
    expected: { ...HELD_UNREAD, told: /longer than 16 MB/ },
  }),
  openai('no answer within the deadline', {
    when: 'always',
    answer: { hangs: true },
    deadline: 300,
    expected: { ...HELD_UNREAD, told: /deadline.*ETUDE_CALL_DEADLINE_SECONDS/ },
  }),
  openai('a thought without an end', {
    when: 'always',
    answer: said('<think>\nAnswer: draft.'),
    expected: { requests: 1, booked: { replies: 1, output: 20 }, end: 'truncated' },
  }),
];

const MONEY: readonly HostileCase[] = [
  openai('thoughts outside of completion_tokens', {
    when: 'once',
    answer: said(GOOD, {
      usage: {
        ...{ prompt_tokens: 76, completion_tokens: 20, total_tokens: 1562 },
        completion_tokens_details: { reasoning_tokens: 1466 },
      },
    }),
    expected: { requests: 2, booked: { replies: 2, output: 1486 }, end: 'generated' },
  }),
  openai('a reply beyond max_tokens', {
    when: 'once',
    answer: said(GOOD, { usage: { prompt_tokens: 76, completion_tokens: 5_000, total_tokens: 5_076 } }),
    expected: {
      ...{ requests: 1, booked: { replies: 1, output: 5_000 }, end: 'held' },
      told: /5000 output tokens where 400 were allowed/,
    },
  }),
];

export const SUCCESSES: readonly HostileCase[] = [...SHAPES, ...MONEY];
