import { describe, expect, it } from '@jest/globals';
import type { StoredCall } from '../../../contracts/calls.ts';
import { bookingOf, costOf, SpendingTally, toUsd, unpricedModels } from '../../../domain/money/spending.ts';
import { estimatePlan } from '../../../domain/plan/estimate.ts';
import { makePlan } from '../../../domain/plan/make-plan.ts';
import { readLabCatalog } from '../../../lab/world/lab-catalog.ts';
import { batchStudy, PRICES } from '../../support/batch-bench.ts';
import { smallStudy } from '../../support/small-study.ts';

const model = 'lab-openai/lab-strict';
const usage = { inputTokens: 3, outputTokens: 5 };
const call: StoredCall = { end: 'complete', text: 'yes', servedModel: 'lab-strict', usage };

describe('the cost of tokens', () => {
  it('is exact in nano-dollars, read and written tokens each at their price', () => {
    const prices = { [model]: { input: 0.15, output: 0.6 } };
    expect(costOf(prices, model, { inputTokens: 1_000_001, outputTokens: 7 })).toBe(150_000_150n + 4_200n);
    expect(costOf(prices, model, { inputTokens: 2, outputTokens: 0 }, 'batch')).toBe(150n);
    expect(toUsd(1_500_000_000n)).toBe(1.5);
  });

  it('is nothing for a model without a price', () => {
    expect(costOf({}, model, usage)).toBe(0n);
  });
});

describe('models without a price', () => {
  it('are those that are paid for, each once: not the lab’s', () => {
    const { teacher, keepGrader, graders, providers } = smallStudy();
    const roles = { teacher, keepGrader, graders, providers };
    expect(unpricedModels({ ...roles, prices: {} })).toEqual([]);
    const paid = { ...roles, providers: {} };
    expect(unpricedModels({ ...paid, prices: {} })).toEqual([
      'lab-openai/lab-teacher',
      'lab-openai/lab-strict',
      'lab-anthropic/lab-lenient',
    ]);
    expect(unpricedModels({ ...paid, prices: { 'lab-openai/lab-strict': { input: 1, output: 1 } } })).toHaveLength(2);
  });
});

describe('spending', () => {
  it('has no reply that never came, and the models in the order of their names', () => {
    const tally = new SpendingTally(PRICES);
    const book = (name: string) => bookingOf({ provider: 'lab-openai', model: name, mode: 'single' });
    tally.add(book('lab-teacher'), 'failed', { end: 'failed', reason: 'bad request' });
    tally.add(book('lab-teacher'), 'absent', undefined);
    expect(tally.summarise()).toEqual({ usd: 0, calls: 0, byModel: {} });
    tally.add(book('lab-teacher'), 'failed', call);
    tally.add(book('lab-strict'), 'other', call);
    expect(Object.keys(tally.summarise().byModel)).toEqual(['lab-openai/lab-strict', 'lab-openai/lab-teacher']);
    expect(tally.summarise()).toMatchObject({ usd: 0.016, calls: 2 });
  });
});

describe('a batch', () => {
  it('costs the share that the price names, and half where it names none', () => {
    expect(costOf(PRICES, model, usage)).toBe(8_000_000n);
    expect(costOf(PRICES, model, usage, 'batch')).toBe(4_000_000n);
    expect(costOf(PRICES, 'lab-anthropic/lab-lenient', usage, 'batch')).toBe(2_000_000n);
  });

  it('is valued by the role that reads a reply first, each key once, beside single calls to the same model', () => {
    const tally = new SpendingTally(PRICES);
    tally.add({ model, mode: 'batch' }, 'shared', call);
    tally.add({ model, mode: 'single' }, 'shared', call);
    tally.add({ model, mode: 'single' }, 'own', call);
    expect(tally.summarise()).toEqual({
      usd: 0.012,
      calls: 2,
      byModel: { [model]: { calls: 2, inputTokens: 6, outputTokens: 10, usd: 0.012 } },
    });
  });

  it('is told in the estimate with what it saves of the same calls', () => {
    const rowsOf = (study: Parameters<typeof makePlan>[0]) => estimatePlan(makePlan(study, readLabCatalog()));
    const byBatch = rowsOf(batchStudy(1));
    const singly = rowsOf(smallStudy({ prices: PRICES }));
    const priced = byBatch.filter(({ usd }) => usd !== null);
    expect(new Set(priced.map(({ mode }) => mode))).toEqual(new Set(['batch']));
    for (const [at, row] of byBatch.entries()) {
      expect(row.calls).toBe(singly[at]?.calls);
      expect((row.usd ?? 0) + row.savedUsd).toBeCloseTo(singly[at]?.usd ?? 0, 9);
    }
    expect(singly.every(({ savedUsd }) => savedUsd === 0)).toBe(true);
  });
});
