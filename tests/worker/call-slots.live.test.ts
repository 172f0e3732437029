import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { FAILURES } from '../../contracts/failures.ts';
import { CallSlots } from '../../worker/call-slots.ts';

const never = new AbortController().signal;

/** Takes all slots there are, and gives them back. */
function countFree(slots: CallSlots): number {
  let free = 0;
  while (slots.tryReserveSlot()) free += 1;
  for (let left = free; left > 0; left -= 1) slots.releaseSlot({});
  return free;
}

const INFO = { type: 'activity', activityType: 'writeText' } as const;

async function call(slots: CallSlots, work: () => Promise<unknown>): Promise<void> {
  await slots.reserveSlot({}, never);
  slots.markSlotUsed();
  const { execute } = slots.interceptor({} as never).inbound ?? {};
  await execute?.({} as never, work as never).catch(() => undefined);
  slots.releaseSlot({ slotInfo: INFO });
}

const tooMuch = (): Promise<never> =>
  Promise.reject(ApplicationFailure.create({ type: FAILURES.rateLimit, message: 'rate limit' }));

describe('the slots of a call queue', () => {
  it('grow while calls succeed, to the ceiling, and halve when the provider has enough', async () => {
    const slots = new CallSlots('queue', 16);
    expect(countFree(slots)).toBeLessThan(16);
    while (slots.limit < 16) await Promise.all(Array.from({ length: 16 }, () => call(slots, async () => undefined)));
    expect(countFree(slots)).toBe(16);
    // All sixteen of one round trip are refused: that is one piece of news.
    await Promise.all(Array.from({ length: 16 }, () => call(slots, tooMuch)));
    expect(countFree(slots)).toBe(8);
  });

  it('are none while nothing may be sent, and there at once when it goes on', async () => {
    const slots = new CallSlots('queue', 4);
    slots.setCeiling(0);
    expect(countFree(slots)).toBe(0);
    const waiting = slots.reserveSlot({}, never);
    expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting');
    slots.setCeiling(4);
    expect(await waiting).toEqual({});
  });

  it('are no longer waited for when the worker stops', async () => {
    const stop = new AbortController();
    const waiting = new CallSlots('queue', 0).reserveSlot({}, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toBe(stop.signal.reason);
  });
});
