import { setMaxListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
  GateClosed,
  ModelGate,
  type ModelPace,
  type Passage,
  type Permit,
} from '../../../activities/pacing/model-gate.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);
const ONE = { inputTokens: 1, outputTokens: 1 };
const turn = (plan = 'plan', signal = never) => ({ plan, tokens: ONE, signal });
const open = (pace: Partial<ModelPace> = {}, take = async () => 0) => new ModelGate({ concurrency: 4, ...pace }, take);

/** Lets all that can pass do so. */
const turnOver = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** As many as come through, and how to let them leave. */
async function crowd(gate: ModelGate, count: number, plan = 'plan') {
  const permits: Permit[] = [];
  const enter = () => gate.enter(turn(plan)).then((permit) => void permits.push(permit));
  const passed = Array.from({ length: count }, enter);
  passed.forEach((one) => void one.catch(() => undefined));
  await turnOver();
  const leave = async (how: Passage): Promise<void> => {
    for (const permit of permits.splice(0)) permit.leave(how);
    await turnOver();
  };
  return { permits, leave };
}

describe('the gate of a model', () => {
  it('lets more in flight while they are answered, to the ceiling, and half of it when the provider has enough', async () => {
    const gate = open({ concurrency: 16 });
    const { permits, leave } = await crowd(gate, 100);
    expect(permits).toHaveLength(8);
    await leave('answered');
    expect(permits).toHaveLength(16);
    // All sixteen of one round trip are refused: that is one piece of news.
    await leave('too much');
    expect(permits).toHaveLength(8);
    await leave('other');
    expect(permits).toHaveLength(8);
  });

  it('counts a request once, however often it is said to have left', async () => {
    const gate = open({ concurrency: 2 });
    const { permits } = await crowd(gate, 9);
    const [first] = permits;
    first?.leave('other');
    first?.leave('other');
    await turnOver();
    expect(permits).toHaveLength(2);
  });

  it('lets texts that have begun go before those that have not, each in the order of their coming', async () => {
    const gate = open({ concurrency: 2 });
    const order: string[] = [];
    const { permits } = await crowd(gate, 1);
    const enter = (name: string, begun: boolean) =>
      void gate.enter({ ...turn(), begun }).then((permit) => {
        order.push(name);
        permits.push(permit);
      });
    for (const [name, begun] of Object.entries({ a: false, b: true, c: false, d: true })) enter(name, begun);
    for (let left = 0; left < 4; left += 1) {
      permits.shift()?.leave('other');
      await turnOver();
    }
    expect(order).toEqual(['b', 'd', 'a', 'c']);
  });

  it('takes a pace once for each request, also when another one comes before it meanwhile', async () => {
    const taken: (() => void)[] = [];
    const gate = open({ requestsPerMinute: 60 }, () => new Promise((resolve) => taken.push(() => resolve(0))));
    const passed: string[] = [];
    void gate.enter(turn()).then(() => passed.push('first'));
    void gate.enter({ ...turn(), begun: true }).then(() => passed.push('begun'));
    for (let at = 0; at < 2; at += 1) {
      taken[at]?.();
      await turnOver();
    }
    expect(passed).toEqual(['first', 'begun']);
    expect(taken).toHaveLength(2);
  });

  it('lets studies pass in turn, however many requests one of them has waiting', async () => {
    const gate = open({ concurrency: 2 });
    const order: string[] = [];
    const first = await gate.enter(turn());
    const ask = (plan: string) => gate.enter(turn(plan)).then((permit) => (order.push(plan), permit.leave('other')));
    const all = [...Array.from({ length: 20 }, () => ask('large')), ...Array.from({ length: 5 }, () => ask('small'))];
    first.leave('other');
    await Promise.all(all);
    expect(order.lastIndexOf('small')).toBeLessThan(11);
  });

  it('turns all away while nothing may be sent, and lets them in again afterwards', async () => {
    const gate = open({ concurrency: 2 });
    const { leave } = await crowd(gate, 1);
    const waiting = gate.enter(turn());
    gate.setPace({ concurrency: 0 });
    await expect(waiting).rejects.toBeInstanceOf(GateClosed);
    await expect(gate.enter(turn())).rejects.toBeInstanceOf(GateClosed);
    await leave('other');
    gate.setPace({ concurrency: 3 });
    expect((await crowd(gate, 3)).permits).toHaveLength(1);
  });

  it('forgets who has given up, who then takes nothing of what may be sent', async () => {
    const gate = open({ concurrency: 1 });
    const first = await gate.enter(turn());
    const gone = new AbortController();
    const waiting = gate.enter(turn('plan', gone.signal));
    const next = gate.enter(turn());
    gone.abort();
    await expect(waiting).rejects.toBe(gone.signal.reason);
    first.leave('answered');
    expect(await next).toHaveProperty('leave');
  });

  it('waits for the pace of a minute, one request at a time and in order', async () => {
    const waits = [0, 3, 0, 2, 0];
    let asked = 0;
    const gate = open({ concurrency: 8, requestsPerMinute: 60 }, async () => waits[asked++] ?? 0);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((at) => gate.enter(turn()).then(() => order.push(at))));
    expect(order).toEqual([1, 2, 3]);
    expect(asked).toBe(5);
  });

  it('tells whoever is in turn when the pace cannot be read, and goes on with the next', async () => {
    const failures = [new Error('the ledger is locked')];
    const gate = open({ requestsPerMinute: 60 }, async () => {
      const failure = failures.pop();
      if (failure) throw failure;
      return 0;
    });
    const [first, second] = [gate.enter(turn()), gate.enter(turn())];
    await expect(first).rejects.toThrow('locked');
    expect(await second).toHaveProperty('leave');
  });
});
