import { describe, expect, it } from '@jest/globals';
import { CallSlots } from '../../worker/call-slots.ts';

const never = new AbortController().signal;

/** Takes all slots there are, and gives them back. */
function countFree(slots: CallSlots): number {
  let free = 0;
  while (slots.tryReserveSlot()) free += 1;
  for (let left = free; left > 0; left -= 1) slots.releaseSlot();
  return free;
}

describe('the slots of a call queue', () => {
  it('are none while nothing may be sent, and there at once when it may again', async () => {
    const slots = new CallSlots(4);
    expect(countFree(slots)).toBe(4);
    slots.setMost(0);
    expect(countFree(slots)).toBe(0);
    const waiting = slots.reserveSlot({}, never);
    expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting');
    slots.setMost(4);
    expect(await waiting).toEqual({});
  });

  it('are no longer waited for when the worker stops', async () => {
    const stop = new AbortController();
    const waiting = new CallSlots(0).reserveSlot({}, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toBe(stop.signal.reason);
  });
});
