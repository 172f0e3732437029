import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asFailure } from '../../../activities/asking/as-failure.ts';
import { ProviderFault } from '../../../activities/providers/provider-fault.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { makeScratch } from '../../support/scratch.ts';
import { storePlan, type StoredPlan } from '../../support/small-study.ts';
import { asActivity, openContext, requestOf } from '../../support/test-home.ts';

const scratch = makeScratch();
let context: ActivityContext;
let stored: StoredPlan;
beforeAll(async () => {
  context = await openContext(scratch);
  stored = await storePlan(context);
});
afterAll(() => context.ledger.close());

const delayOf = async (fault: ProviderFault, attempt: number) =>
  Number((await asActivity(() => asFailure(context, stored.plan, requestOf(), fault), attempt)).nextRetryDelay);

describe('a call that a person has stopped', () => {
  it.each([FAILURES.paused, FAILURES.held, FAILURES.budget])(
    'comes back ever later, if it waits on (%s)',
    async (type) => {
      const fault = new ProviderFault(type, 'stopped');
      expect(await delayOf(fault, 1)).toBeLessThanOrEqual(7_500);
      expect(await delayOf(fault, 4)).toBeGreaterThanOrEqual(20_000);
      expect(await delayOf(fault, 1_000)).toBeGreaterThanOrEqual(60_000);
      expect(await delayOf(fault, 1_000)).toBeLessThanOrEqual(90_000);
    },
  );
});

describe('a wait that a provider told', () => {
  it.each([undefined, 0, 10, Number.NaN])('of %s ms never switches the backoff off', async (retryAfter) => {
    const fault = new ProviderFault(FAILURES.rateLimit, 'slow down', { retryAfter });
    for (const [attempt, least] of [
      [1, 500],
      [4, 4_000],
      [50, 60_000],
    ] as const)
      expect(await delayOf(fault, attempt)).toBeGreaterThanOrEqual(least);
  });

  it('of minutes is kept, and not longer than ten', async () => {
    const fault = new ProviderFault(FAILURES.rateLimit, 'slow down', { retryAfter: 9 * 60_000 });
    const delay = await delayOf(fault, 1);
    expect(delay).toBeGreaterThanOrEqual(9 * 60_000);
    expect(delay).toBeLessThanOrEqual(10 * 60_000);
  });

  it('is replaced by what this side knows better', async () => {
    const fault = new ProviderFault(FAILURES.pace, 'tokens are used up', { ownWait: 700 });
    expect(await delayOf(fault, 50)).toBeLessThanOrEqual(1_050);
  });
});
