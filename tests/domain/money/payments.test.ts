import { describe, expect, it } from '@jest/globals';
import type { BookedPayments, PaymentKind, Phase } from '../../../contracts/payments.ts';
import { paymentOf, tabulatePayments, UNPAID } from '../../../domain/money/payments.ts';

const prices = { 'lab/strict': { input: 10, output: 100 } };
const usage = { inputTokens: 3, outputTokens: 5 };
const reply = { end: 'complete', text: 'yes', servedModel: 'strict', usage } as const;
const asked = { provider: 'lab', model: 'strict', ask: 0 };

describe('what a request came to', () => {
  it('is a reply, a re-ask of an unreadable grading, or an error that costs nothing', () => {
    expect(paymentOf(prices, asked, reply)).toEqual({ kind: 'reply', usage, paid: 530_000 });
    expect(paymentOf(prices, { ...asked, ask: 1 }, reply, 'batch')).toEqual({ kind: 're-ask', usage, paid: 265_000 });
    expect(paymentOf(prices, asked, { end: 'failed', reason: 'too long' })).toEqual(UNPAID);
    expect(paymentOf({}, asked, { ...reply, end: 'refused' })).toMatchObject({ kind: 'reply', paid: 0 });
  });
});

describe('the table of payments', () => {
  const booked = (phase: Phase, model: string, kind: PaymentKind, calls: number, paid: number): BookedPayments => ({
    ...{ phase, model, kind, calls, paid },
    usage: { inputTokens: calls, outputTokens: 2 * calls },
  });

  it('has a row for each phase and model, in order, whose sums leave nothing out', () => {
    const rows = tabulatePayments([
      booked('evaluate', 'b', 'abandoned', 2, 4e9),
      booked('evaluate', 'b', 're-ask', 3, 2e9),
      booked('evaluate', 'b', 'reply', 30, 1e9),
      booked('evaluate', 'b', 'error', 7, 0),
      booked('evaluate', 'a', 'error', 1, 0),
      booked('compose', 'b', 'reply', 5, 8e9),
    ]);
    expect(rows.map(({ phase, model }) => `${phase} ${model}`)).toEqual(['compose b', 'evaluate a', 'evaluate b']);
    expect(rows[2]).toEqual({
      ...{ phase: 'evaluate', model: 'b', errors: 7, usd: 7, inputTokens: 42, outputTokens: 84 },
      ...{ replies: { calls: 33, usd: 3 }, reasks: { calls: 3, usd: 2 }, abandoned: { calls: 2, usd: 4 } },
    });
    expect(rows[1]).toMatchObject({ replies: { calls: 0, usd: 0 }, errors: 1, usd: 0 });
  });
});
