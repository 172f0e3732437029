/** What a request costs a study, and all payments of a study as a table by phase and model. */
import type { ModelRequest, StoredCall, Usage } from '../../contracts/calls.ts';
import { PHASES, type BookedPayments, type Payment, type PaymentRow, type Sum } from '../../contracts/payments.ts';
import type { Mode, Study } from '../../contracts/study.ts';
import { costOf, isTurnedAway, modelName, toUsd } from './spending.ts';

const NO_TOKENS: Usage = { inputTokens: 0, outputTokens: 0 };

/** A request that was answered with an error: providers charge nothing for it. */
export const UNPAID: Payment = { kind: 'error', usage: NO_TOKENS, paid: 0 };

/** A request that may have been answered: what was reserved for it (`paid`, in nano-dollars) counts as paid. */
export const abandoned = (paid: number): Payment => ({ kind: 'abandoned', usage: NO_TOKENS, paid });

/** What an answered request cost. */
export function paymentOf(
  prices: Study['prices'],
  request: Pick<ModelRequest, 'provider' | 'model' | 'ask'>,
  reply: StoredCall,
  mode: Mode = 'single',
): Payment {
  if (reply.end === 'failed' || isTurnedAway(reply)) return UNPAID;
  const paid = Number(costOf(prices, modelName(request), reply.usage, mode));
  return { kind: request.ask > 0 ? 're-ask' : 'reply', usage: reply.usage, paid };
}

/** Rows in the order of phases, then of models' names. */
export function tabulatePayments(booked: readonly BookedPayments[]): PaymentRow[] {
  const models = [...new Set(booked.map(({ model }) => model))].sort();
  return PHASES.flatMap((phase) =>
    models.flatMap((model) => {
      const own = booked.filter((entry) => entry.phase === phase && entry.model === model);
      return own.length === 0 ? [] : [{ phase, model, ...addUp(own) }];
    }),
  );
}

function addUp(booked: readonly BookedPayments[]): Omit<PaymentRow, 'phase' | 'model'> {
  const sum = (...kinds: BookedPayments['kind'][]): Sum => {
    const own = booked.filter(({ kind }) => kinds.includes(kind));
    return {
      calls: own.reduce((calls, entry) => calls + entry.calls, 0),
      usd: toUsd(own.reduce((nano, { paid }) => nano + BigInt(paid), 0n)),
    };
  };
  return {
    replies: sum('reply', 're-ask'),
    reasks: sum('re-ask'),
    abandoned: sum('abandoned'),
    errors: sum('error').calls,
    usd: sum('reply', 're-ask', 'abandoned').usd,
    inputTokens: booked.reduce((tokens, { usage }) => tokens + usage.inputTokens, 0),
    outputTokens: booked.reduce((tokens, { usage }) => tokens + usage.outputTokens, 0),
  };
}
