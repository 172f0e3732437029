/** What replies cost, in integer nano-dollars (invariant 9). A reply that is used counts once, whoever paid for it. */
import type { ModelReply, StoredCall, Usage } from '../../contracts/calls.ts';
import type { Spending } from '../../contracts/results.ts';
import type { Mode, Study } from '../../contracts/study.ts';

interface Total {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  nano: bigint;
}

/** Who is asked, and how: the model as prices name it, and the mode of its role in the plan. */
export interface Booking {
  readonly model: string;
  readonly mode: Mode;
}

/** Nano-dollars of one token at a price in dollars per million tokens. */
const nanoPerToken = (usdPerMillion: number): bigint => BigInt(Math.round(usdPerMillion * 1000));

/** A model as prices and rates name it. */
export const modelName = ({ provider, model }: { readonly provider: string; readonly model: string }): string =>
  `${provider}/${model}`;

export const bookingOf = ({ mode, ...asked }: { provider: string; model: string; mode: Mode }): Booking => ({
  model: modelName(asked),
  mode,
});

/**
 * The share of its price that a call costs in a batch, unless the study file says otherwise: what providers advertise.
 */
const BATCH_SHARE = 0.5;

/**
 * Nano-dollars of some tokens of a model. A model without a price costs nothing; `etude plan` names such models. `largest`: as
 * if a cache took all of the input, where that costs more.
 */
export function costOf(
  prices: Study['prices'],
  model: string,
  usage: Usage,
  mode: Mode = 'single',
  bound: 'exact' | 'largest' = 'exact',
): bigint {
  const price = prices[model];
  if (!price) return 0n;
  const share = mode === 'batch' ? (price.batch ?? BATCH_SHARE) : 1;
  const cost = (tokens: number, usd: number): bigint => BigInt(tokens) * nanoPerToken(usd * share);
  const { cachedInput = price.input, cacheWrite = price.input } = price;
  const { inputTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0 } = usage;
  if (bound === 'largest')
    return cost(inputTokens, Math.max(price.input, cacheWrite)) + cost(outputTokens, price.output);
  const fresh = Math.max(0, inputTokens - cachedTokens - cacheWriteTokens);
  return (
    cost(fresh, price.input) +
    cost(cachedTokens, cachedInput) +
    cost(cacheWriteTokens, cacheWrite) +
    cost(outputTokens, price.output)
  );
}

/** Models without a price that need one: lab models and students cost nothing by the token. */
export function unpricedModels({
  teacher,
  keepGrader,
  graders,
  providers,
  prices,
}: Pick<Study, 'teacher' | 'keepGrader' | 'graders' | 'providers' | 'prices'>): string[] {
  const paid = [teacher, keepGrader, ...graders].filter(({ provider }) => providers[provider]?.endpoint !== 'lab');
  return [...new Set(paid.map(modelName))].filter((name) => !prices[name]);
}

/** Refused by the provider before any model saw it. */
export const isTurnedAway = ({ end, servedModel }: ModelReply): boolean => end === 'refused' && servedModel === '';

export const toUsd = (nano: bigint): number => Number(nano) / 1e9;

/**
 * Adds up replies by model as analysis reads them back, each key once. A reply is valued in the mode that the plan
 * gives the role which reads it first, whichever way it was asked: the sum follows from plan and replies alone.
 */
export class SpendingTally {
  readonly #seen = new Set<string>();
  readonly #totals = new Map<string, Total>();
  readonly #prices: Study['prices'];

  constructor(prices: Study['prices']) {
    this.#prices = prices;
  }

  add({ model, mode }: Booking, key: string, call: StoredCall | undefined): void {
    // Nor is a request that was turned away before any model saw it.
    if (!call || call.end === 'failed' || isTurnedAway(call) || this.#seen.has(key)) return;
    this.#seen.add(key);
    const total = this.#totals.get(model) ?? { calls: 0, inputTokens: 0, outputTokens: 0, nano: 0n };
    total.calls += 1;
    total.inputTokens += call.usage.inputTokens;
    total.outputTokens += call.usage.outputTokens;
    total.nano += costOf(this.#prices, model, call.usage, mode);
    this.#totals.set(model, total);
  }

  summarise(): Spending {
    const models = [...this.#totals].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      usd: toUsd(models.reduce((sum, [, { nano }]) => sum + nano, 0n)),
      calls: this.#seen.size,
      byModel: Object.fromEntries(models.map(([model, { nano, ...total }]) => [model, { ...total, usd: toUsd(nano) }])),
    };
  }
}
