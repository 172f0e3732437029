import { expect, it } from '@jest/globals';
import { deadlineOf } from '../../../activities/asking/deadline-of.ts';
import { requestOf } from '../../support/test-home.ts';

const MINUTE = 60_000;
const request = (provider: string, maxTokens: number | 'not sent') =>
  requestOf({ provider, parameters: { ...requestOf().parameters, maxTokens } });

it.each([
  ['student', 48, 30_000, 42_000],
  ['student', 400, 30_000, 130_000],
  ['student', 'not sent', 30_000, 286_000],
  ['student', 100_000, 30_000, 10 * MINUTE],
  ['student', 100_000, 12 * MINUTE, 12 * MINUTE],
  ['openai', 100_000, 30_000, 30_000],
] as const)('of %s for %s tokens with %d ms is %d ms', (provider, maxTokens, deadline, expected) => {
  expect(deadlineOf({ deadline }, request(provider, maxTokens))).toBe(expected);
});
