import { describe, expect, it } from '@jest/globals';
import type { StoredCall } from '../../contracts/calls.ts';
import { estimatePlan } from '../../domain/estimate.ts';
import { makePlan } from '../../domain/make-plan.ts';
import { costOf, SpendingTally } from '../../domain/spending.ts';
import { readLabCatalog } from '../../lab/lab-catalog.ts';
import { batchStudy, PRICES } from '../activities/batches/batch-bench.ts';
import { smallStudy } from '../activities/small-study.ts';

const model = 'lab-openai/lab-strict';
const usage = { inputTokens: 3, outputTokens: 5 };
const call: StoredCall = { end: 'complete', text: 'yes', servedModel: 'lab-strict', usage };

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
