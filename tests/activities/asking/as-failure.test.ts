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

describe('a call that a person has stopped', () => {
  it.each([FAILURES.paused, FAILURES.held, FAILURES.budget])(
    'comes back ever later, if it waits on (%s)',
    async (type) => {
      const fault = new ProviderFault(type, 'stopped', { retryAfter: 5_000 });
      const delayOf = async (attempt: number) =>
        Number((await asActivity(() => asFailure(context, stored.plan, requestOf(), fault), attempt)).nextRetryDelay);
      expect(await delayOf(1)).toBeLessThanOrEqual(7_500);
      expect(await delayOf(4)).toBeGreaterThanOrEqual(20_000);
      expect(await delayOf(1_000)).toBeGreaterThanOrEqual(60_000);
      expect(await delayOf(1_000)).toBeLessThanOrEqual(90_000);
    },
  );
});
