/** What replies cost, in integer nano-dollars (invariant 9). A reply that is used counts once, whoever paid for it. */
import type { StoredCall } from '../../contracts/calls.ts';
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

/** Nano-dollars of some tokens of a model. A model without a price costs nothing; `etude plan` names such models. */
export function costOf(
  prices: Study['prices'],
  model: string,
  { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number },
  mode: Mode = 'single',
): bigint {
  const price = prices[model];
  if (!price) return 0n;
  const share = mode === 'batch' ? (price.batch ?? BATCH_SHARE) : 1;
  return (
    BigInt(inputTokens) * nanoPerToken(price.input * share) + BigInt(outputTokens) * nanoPerToken(price.output * share)
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
    if (!call || call.end === 'failed' || this.#seen.has(key)) return;
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
