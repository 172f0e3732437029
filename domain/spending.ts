/** What replies cost, in integer nano-dollars (invariant 9): every key that is used counts once. */
import type { StoredCall } from '../contracts/calls.ts';
import type { Spending } from '../contracts/results.ts';
import type { Study } from '../contracts/study.ts';

interface Total {
  calls: number;
  inputTokens: number;
  outputTokens: number;
}

/** Nano-dollars of one token at a price in dollars per million tokens. */
const nanoPerToken = (usdPerMillion: number): bigint => BigInt(Math.round(usdPerMillion * 1000));

/** Nano-dollars of some tokens of a model. A model without a price costs nothing; the plan says so. */
export function costOf(
  prices: Study['prices'],
  model: string,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
): bigint {
  const price = prices[model];
  if (!price) return 0n;
  return BigInt(inputTokens) * nanoPerToken(price.input) + BigInt(outputTokens) * nanoPerToken(price.output);
}

export const toUsd = (nano: bigint): number => Number(nano) / 1e9;

/** Adds up replies by model as they are read back, each key once. */
export class SpendingTally {
  readonly #seen = new Set<string>();
  readonly #totals = new Map<string, Total>();

  add(model: string, key: string, call: StoredCall | undefined): void {
    if (!call || call.end === 'failed' || this.#seen.has(key)) return;
    this.#seen.add(key);
    const total = this.#totals.get(model) ?? { calls: 0, inputTokens: 0, outputTokens: 0 };
    total.calls += 1;
    total.inputTokens += call.usage.inputTokens;
    total.outputTokens += call.usage.outputTokens;
    this.#totals.set(model, total);
  }

  summarise(prices: Study['prices']): Spending {
    const models = [...this.#totals].sort(([a], [b]) => (a < b ? -1 : 1));
    const nano = models.map(([model, total]) => costOf(prices, model, total));
    return {
      usd: toUsd(nano.reduce((sum, cost) => sum + cost, 0n)),
      calls: this.#seen.size,
      byModel: Object.fromEntries(
        models.map(([model, total], index) => [model, { ...total, usd: toUsd(nano[index] ?? 0n) }]),
      ),
    };
  }
}
