/** Answers that are errors: waits, rejections, refusals, limits of accounts. */
import {
  AFTER_ONE_ERROR,
  anthropic,
  anthropicError,
  error,
  GOOD,
  openai,
  said,
  slow,
  type HostileCase,
} from './hostile-case.ts';

const WAITS: readonly HostileCase[] = [
  ...['0', '0.01', '', ' ', '-100', 'soon', '1e9', 'Wed, 01 Jan 2020 00:00:00 GMT'].map((value) =>
    openai(`429 with retry-after "${value}"`, {
      when: 'once',
      answer: slow({ 'retry-after': value }),
      expected: AFTER_ONE_ERROR,
    }),
  ),
  openai('429 with an empty retry-after-ms', {
    when: 'once',
    answer: slow({ 'retry-after-ms': '' }),
    expected: AFTER_ONE_ERROR,
  }),
  openai('429 with retry-after-ms 0 and no other', {
    when: 'once',
    answer: slow({ 'retry-after-ms': '0' }),
    expected: AFTER_ONE_ERROR,
  }),
  anthropic('529 with retry-after 0', {
    when: 'once',
    answer: anthropicError(529, { type: 'overloaded_error', message: 'Overloaded' }, { 'retry-after': '0' }),
    expected: { requests: 2, booked: { replies: 1, errors: 1 }, end: 'graded' },
  }),
  openai('503 that asks for a year', {
    when: 'always',
    answer: error(503, { code: 'server_error' }, { 'retry-after': '31536000' }),
    expected: { requests: 1, booked: { errors: 1 }, end: 'held', told: /out of service, for another 525600 minutes/ },
  }),
  openai('429 that asks for three hours', {
    when: 'always',
    answer: slow({ 'retry-after': '10800' }),
    expected: { requests: 1, booked: { errors: 1 }, end: 'held', told: /for another 180 minutes/ },
  }),
];

const HELD_AT_ONCE = { requests: 1, booked: { errors: 1 }, end: 'held' } as const;
const HELD_AFTER_THREE = { requests: 3, booked: { errors: 3 }, end: 'held' } as const;

const REJECTIONS: readonly HostileCase[] = [
  openai('400 that says nothing, from the start', {
    when: 'always',
    answer: error(400, { message: 'Bad request', type: 'invalid_request_error' }),
    expected: { ...HELD_AT_ONCE, told: /status 400 \(invalid_request_error\).*rejected/ },
  }),
  openai('400 that says nothing, where others have passed', {
    when: 'always',
    warm: true,
    answer: error(400, { message: 'Bad request', type: 'invalid_request_error' }),
    expected: { ...HELD_AFTER_THREE, told: /3 times/ },
  }),
  openai('a hiccup of a gateway, where others have passed', {
    when: 'once',
    warm: true,
    answer: error(400, { message: 'Bad request' }),
    expected: AFTER_ONE_ERROR,
  }),
  openai('422 for seed', {
    when: ({ body }) => 'seed' in body,
    answer: {
      status: 422,
      body: { detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }] },
    },
    expected: { ...HELD_AT_ONCE, told: /status 422 \(extra_forbidden\).*seed.*parameters\.seed: not sent/ },
  }),
  openai('400 for max_tokens', {
    when: 'always',
    answer: error(400, {
      message: "Unsupported parameter: 'max_tokens' is not supported with this model.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    }),
    expected: { ...HELD_AT_ONCE, told: /unsupported_parameter.*max_tokens.*parameters\.maxTokens: not sent/ },
  }),
  openai('400 for temperature, named in words alone', {
    when: 'always',
    answer: { status: 400, body: { message: 'temperature must be 1 for this model', object: 'error' } },
    expected: { ...HELD_AT_ONCE, told: /parameters\.temperature: not sent/ },
  }),
  anthropic('400 for temperature', {
    when: 'always',
    answer: anthropicError(400, { type: 'invalid_request_error', message: '`temperature` may only be set to 1.' }),
    expected: { ...HELD_AT_ONCE, told: /parameters\.temperature: not sent/ },
  }),
  openai('413 of a proxy', {
    when: 'always',
    answer: { status: 413, headers: { 'content-type': 'text/html' }, body: '<html>Request Entity Too Large</html>' },
    expected: { ...HELD_AT_ONCE, told: /status 413/ },
  }),
  openai('one odd 404', {
    when: 'once',
    answer: error(404, { message: 'The model `x` does not exist', code: 'model_not_found' }),
    expected: AFTER_ONE_ERROR,
  }),
  openai('404 for the model', {
    when: 'always',
    answer: error(404, { message: 'The model `x` does not exist', code: 'model_not_found' }),
    expected: { ...HELD_AFTER_THREE, told: /model_not_found.*`model` in the study file/ },
  }),
  openai('404 of an address without /v1', {
    when: 'always',
    answer: { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' },
    expected: { ...HELD_AFTER_THREE, told: /`endpoint`.*\/v1/ },
  }),
  openai('405', {
    when: 'always',
    answer: { status: 405, body: '' },
    expected: { ...HELD_AT_ONCE, told: /status 405/ },
  }),
  openai('another model, once', {
    when: 'once',
    answer: said(GOOD, { model: 'MODEL-mini' }),
    expected: { requests: 3, booked: { replies: 2, abandoned: 1 }, end: 'generated' },
  }),
  openai('another model, always', {
    when: 'always',
    answer: said(GOOD, { model: 'MODEL-mini' }),
    expected: {
      requests: 3,
      booked: { abandoned: 3, output: 60 },
      end: 'held',
      told: /asked for lab-teacher, answered by lab-teacher-mini/,
    },
  }),
];

const REFUSED = { requests: 1, booked: { errors: 1 }, end: 'refused' } as const;

const REFUSALS: readonly HostileCase[] = [
  openai('400 content_filter', {
    when: 'always',
    answer: error(400, { message: 'triggering content management policy.', param: 'prompt', code: 'content_filter' }),
    expected: REFUSED,
  }),
  openai('400 content_filter inside an inner error', {
    when: 'always',
    answer: error(400, { code: '400', innererror: { code: 'ResponsibleAIPolicyViolation' } }),
    expected: REFUSED,
  }),
  openai('400 that is a whole completion, filtered', {
    when: 'always',
    answer: { ...said('', {}, 'content_filter'), status: 400 },
    expected: { requests: 1, booked: { replies: 1, output: 20 }, end: 'refused' },
  }),
  ...['invalid_prompt', 'context_length_exceeded', 'string_above_max_length', 'content_policy_violation'].map((code) =>
    openai(`400 ${code}`, { when: 'always', answer: error(400, { code }), expected: REFUSED }),
  ),
  openai('400 for a window that is full, in words alone', {
    when: 'always',
    answer: error(400, { message: "This model's maximum context length is 512 tokens.", type: 'BadRequestError' }),
    expected: REFUSED,
  }),
  openai('403 flagged', {
    when: 'always',
    answer: error(403, {
      code: 403,
      message: 'Your chosen model requires moderation and your input was flagged',
      metadata: { reasons: ['violence'] },
    }),
    expected: REFUSED,
  }),
  openai('403 of a key', {
    when: 'always',
    answer: error(403, { message: 'Your account was flagged', code: 'permission_denied' }),
    expected: { ...HELD_AT_ONCE, told: /the key is missing or not accepted/ },
  }),
  openai('a limit of a reply that fills the window', {
    when: 'always',
    answer: error(400, {
      message:
        "This model's maximum context length is 400 tokens. However, you requested 700 tokens (300 in the messages, 400 in the completion).",
    }),
    expected: { ...HELD_AT_ONCE, told: /rejected/ },
  }),
];

const LIMITS: readonly HostileCase[] = [
  anthropic('400 usage limits with a date', {
    when: 'always',
    answer: anthropicError(400, {
      type: 'invalid_request_error',
      message: 'You have reached your specified API usage limits. You will regain access on 2027-01-01 at 00:00 UTC.',
    }),
    expected: { ...HELD_AT_ONCE, told: /2027-01-01 at 00:00 UTC/ },
  }),
  anthropic('400 of an empty account', {
    when: 'always',
    answer: anthropicError(400, { type: 'invalid_request_error', message: 'Your credit balance is too low.' }),
    expected: { ...HELD_AT_ONCE, told: /limit/ },
  }),
  ...['enforced_spend_limit_reached', 'contract_spend_limit_reached'].map((code) =>
    anthropic(`429 ${code}`, {
      when: 'always',
      answer: anthropicError(429, {
        type: 'rate_limit_error',
        message: 'Monthly limit reached.',
        details: { error_code: code },
      }),
      expected: { ...HELD_AT_ONCE, told: new RegExp(code) },
    }),
  ),
  anthropic('400 of an organization that is disabled', {
    when: 'always',
    answer: anthropicError(400, { type: 'invalid_request_error', message: 'This organization has been disabled.' }),
    expected: { ...HELD_AT_ONCE, told: /limit/ },
  }),
  ...[
    [429, 'billing_not_active'],
    [429, 'insufficient_quota'],
    [400, 'billing_hard_limit_reached'],
    [403, 'organization_on_hold'],
    [402, 'insufficient_balance'],
  ].map(([status, code]) =>
    openai(`${status} ${code}`, {
      when: 'always',
      answer: error(Number(status), { code }),
      expected: { ...HELD_AT_ONCE, told: new RegExp(String(code)) },
    }),
  ),
  openai('429 of a request that never fits', {
    when: 'always',
    answer: error(429, {
      message: 'Request too large for m on tokens per min (TPM): Limit 30000, Requested 50000.',
      code: 'rate_limit_exceeded',
    }),
    expected: { ...HELD_AT_ONCE, told: /never fits/ },
  }),
  openai('429 of a request that fits a moment later', {
    when: 'once',
    answer: error(429, {
      message: 'Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
      code: 'rate_limit_exceeded',
    }),
    expected: AFTER_ONE_ERROR,
  }),
  openai('429 of a day', {
    when: 'always',
    answer: error(429, { message: 'Rate limit reached on requests per day (RPD): Limit 200.', code: 'x' }),
    expected: { ...HELD_AT_ONCE, told: /quota of the day/ },
  }),
];

export const ERRORS: readonly HostileCase[] = [...WAITS, ...REJECTIONS, ...REFUSALS, ...LIMITS];
