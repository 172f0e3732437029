/** What a study paid, as the ledger books it: every request that was sent, once, whatever became of it. */
import type { Usage } from './calls.ts';

/** Outside of the plan: what `./etude calibrate` and `./etude preflight` ask. */
export const PHASES = ['compose', 'evaluate', 'calibrate', 'preflight'] as const;
export type Phase = (typeof PHASES)[number];

/**
 * `re-ask`: the reply to a repeated ask, after an unreadable grading. `abandoned`: nobody knows whether the provider
 * answered (a kill, a cut connection, a deadline), so the request counts as paid. `error`: answered with an error,
 * which costs nothing.
 */
export type PaymentKind = 'reply' | 're-ask' | 'abandoned' | 'error';

/** The account that a request is booked to; `model` is named as in `prices`. */
export interface Account {
  /** The hash of the plan. */
  readonly plan: string;
  readonly phase: Phase;
  readonly model: string;
}

/** What became of one request; `paid` in nano-dollars. */
export interface Payment {
  readonly kind: PaymentKind;
  readonly usage: Usage;
  readonly paid: number;
}

/** Requests of one kind under one account, added up. */
export interface BookedPayments extends Payment, Omit<Account, 'plan'> {
  readonly calls: number;
}

export interface Sum {
  readonly calls: number;
  readonly usd: number;
}

/** One phase and model of a study. */
export interface PaymentRow extends Usage {
  readonly phase: Phase;
  readonly model: string;
  readonly replies: Sum;
  /** The part of `replies` that answers repeated asks. */
  readonly reasks: Sum;
  /** Not part of `replies`. */
  readonly abandoned: Sum;
  readonly errors: number;
  /** Replies and abandoned together. */
  readonly usd: number;
}
