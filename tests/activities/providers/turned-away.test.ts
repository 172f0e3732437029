/** Batches that services turn away as a whole: a full queue is waited for, too large a batch is cut, and no request is. */
import { describe, expect, it } from '@jest/globals';
import { classify, classifyBatch } from '../../../activities/providers/classify.ts';
import { readErrorWords } from '../../../activities/providers/error-words.ts';
import { FAILURES } from '../../../contracts/failures.ts';

const faultOf = (status: number, error: object, batch = true) =>
  classify('p', { status, words: readErrorWords({ error }), batch });
const FULL =
  'Enqueued token limit reached for gpt-4o in organization org-1. Limit: 90,000 enqueued tokens. Please try again once some in_progress batches have been completed.';

describe('a full queue', () => {
  it('is told by the code of a batch that has failed, with what it takes and none of the provider’s words', () => {
    const fault = classifyBatch('p', { code: 'token_limit_exceeded', message: FULL, line: null, param: null });
    expect(fault).toMatchObject({ type: FAILURES.rateLimit, hold: false, turnedAway: { why: 'full', tokens: 90_000 } });
    expect(fault.message).toMatch(/token_limit_exceeded.*takes 90,000 tokens$/);
    expect(fault.message).not.toMatch(/org-1/);
  });

  it.each([
    [429, { message: FULL }],
    [400, { code: 'token_limit_exceeded', message: 'Try again later' }],
    [429, { type: 'rate_limit_error', message: 'The batch processing queue is full' }],
  ])('is told at the submission too: %d, %j', (status, error) => {
    expect(faultOf(status, error)).toMatchObject({
      type: FAILURES.rateLimit,
      hold: false,
      turnedAway: { why: 'full' },
    });
  });

  it('takes so many tokens as it says, or nobody knows', () => {
    expect(classifyBatch('p', { code: 'token_limit_exceeded', message: '' }).turnedAway?.tokens).toBeUndefined();
  });
});

describe('too large a batch', () => {
  it.each([
    [413, { type: 'request_too_large', message: 'Request exceeds the maximum size' }],
    [413, {}],
    [400, { type: 'invalid_request_error', message: 'File is too large.' }],
    [400, { type: 'invalid_request_error', message: 'requests: List should have at most 100000 items' }],
  ])('is cut and refuses none of its items: %d, %j', (status, error) => {
    expect(faultOf(status, error)).toMatchObject({ outcome: undefined, hold: false, turnedAway: { why: 'large' } });
  });

  it('is told by the code of a batch that has failed', () => {
    expect(classifyBatch('p', { code: 'too_many_tasks', message: '' }).turnedAway).toEqual({ why: 'large' });
  });
});

describe('what was not turned away', () => {
  it.each([
    [401, { message: 'Incorrect API key provided' }],
    [404, { message: 'No such batch' }],
    [400, { message: 'Bad request' }],
    [402, { code: 'billing_hard_limit_reached', message: 'Billing hard limit has been reached' }],
    [429, { message: 'Rate limit reached for requests' }],
  ])('by %d, %j is what it is without batches', (status, error) => {
    expect(faultOf(status, error).turnedAway).toBeUndefined();
  });

  it('is a single request whose prompt is too large: that is its outcome', () => {
    expect(faultOf(413, { type: 'request_too_large', message: '' }, false)).toMatchObject({
      turnedAway: undefined,
      outcome: { end: 'refused' },
    });
  });
});
