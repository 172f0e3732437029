/** Errors whose words mislead: what is kept as an outcome, or held, for words alone that speak of something else. */
import { describe, expect, it } from '@jest/globals';
import { classify, classifyErrorBody } from '../../../activities/providers/classify.ts';
import { readErrorText } from '../../../activities/providers/error-words.ts';
import { FAILURES } from '../../../contracts/failures.ts';

const faultOf = (status: number, body: string | object) => {
  const { words } = readErrorText(typeof body === 'string' ? body : JSON.stringify(body));
  return classify('p', { status, words });
};
const error = (fields: object) => ({ error: fields });

describe('a limit of a minute', () => {
  it('waits, though its advice names the pages on billing', () => {
    const message =
      'Rate limit reached for gpt-4o in organization org-1 on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/billing to add a payment method.';
    expect(faultOf(429, error({ code: 'rate_limit_exceeded', message }))).toMatchObject({
      type: FAILURES.rateLimit,
      hold: false,
    });
  });

  it('is told from a limit of the account, in words alone too', () => {
    const message = 'Your credit balance is too low to access the API. Please go to Plans & Billing.';
    expect(faultOf(429, error({ message }))).toMatchObject({ type: FAILURES.quota, hold: true });
  });
});

it.each([
  [500, 'the billing service does not answer'],
  [503, 'requests are on hold during maintenance'],
])('an outage waits, whatever its words speak of: %d, %s', (status, message) => {
  expect(faultOf(status, error({ message })).hold).toBe(false);
});

describe('no outcome of an item', () => {
  it.each([
    ['a page of a firewall', 403, '<html><body>Your request was blocked by the security service</body></html>'],
    ['a line of a proxy', 400, 'request was filtered'],
    ['a firewall that answers by JSON', 400, error({ message: 'Your request was blocked by the firewall' })],
    ['a filter that is away', 400, error({ message: 'The moderation service is temporarily unavailable' })],
    ['a code of the account', 403, error({ code: 'account_flagged', message: 'Unusual activity' })],
    [
      'an account that is closed',
      403,
      error({ code: 'policy_violation', message: 'Your account has been suspended.' }),
    ],
    ['the name of the model', 422, { detail: [{ type: 'string_too_long', loc: ['body', 'model'], msg: 'Too long' }] }],
    ['a mark of ours', 400, error({ code: 'string_above_max_length', param: 'user', message: 'Too long' })],
    ['a temperature', 400, error({ param: 'temperature', message: 'Not allowed by our usage policy' })],
  ])('%s', (_, status, body) => {
    expect(faultOf(status, body).outcome).toBeUndefined();
  });
});

it.each([
  error({ code: 'string_above_max_length', param: 'messages[0].content', message: 'Too long' }),
  { detail: [{ type: 'string_too_long', loc: ['body', 'messages', 0, 'content'], msg: 'Too long' }] },
  error({ code: 'string_above_max_length' }),
  error({ code: 'content_filter', message: 'Please modify your prompt and try again.' }),
])('an outcome of an item: %j', (body) => {
  expect(faultOf(400, body).outcome?.end).toBe('refused');
});

it.each(['server_error', 'api_error', 'internal_server_error', 'service_unavailable'])(
  'a fault of the server that comes with status 200 is waited for: %s',
  (code) => {
    expect(classifyErrorBody('p', error({ code, message: 'x' }))).toMatchObject({ hold: false, streak: undefined });
  },
);
