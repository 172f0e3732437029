import type { ModelReply, Usage } from '../../contracts/calls.ts';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';

/**
 * What is equal of faults that come in a row. Those without one are waited for as long as it takes: an outage or overload
 * costs nothing and ends by itself.
 */
export type Streak =
  /** The request was not accepted, for a reason that is not known to be its item's. */
  | 'rejected'
  /** Nothing under that name or address. */
  | 'absent'
  /** A file that was uploaded is not known. */
  | 'file'
  /** No whole reply within the deadline. */
  | 'deadline'
  /** Something between us and the model gave up waiting for a reply. */
  | 'gateway'
  /** The connection broke after the request had left. */
  | 'cut'
  /** An answer that cannot be read as a reply. */
  | 'shape'
  /** A reply that did not come to a good end. */
  | 'finish'
  /** Another model answered. */
  | 'model';

/**
 * A batch that was turned away as a whole, before anything of it was asked. `full`: the provider's queue has no room for it
 * now, which takes `tokens` in all, if it says so; `large`: it is larger than a batch may be.
 */
export interface TurnedAway {
  readonly why: 'full' | 'large';
  readonly tokens?: number | undefined;
}

export interface FaultDetails {
  readonly retryAfter?: number | undefined;
  readonly ownWait?: number | undefined;
  readonly abandoned?: boolean;
  readonly usage?: Usage | undefined;
  readonly hold?: boolean;
  readonly streak?: Streak | undefined;
  readonly outcome?: ModelReply | undefined;
  readonly turnedAway?: TurnedAway | undefined;
}

/** A request that brought no reply. The message is ours: providers' words and stacks stay out of histories (invariant 7). */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  readonly type: FailureType;
  /** The wait that the provider asked for, in milliseconds. It lengthens the backoff and never shortens it. */
  readonly retryAfter: number | undefined;
  /** As our own side knows when to try again, in milliseconds. Replaces the backoff. */
  readonly ownWait: number | undefined;
  /** The provider may have answered and charged: nobody knows. */
  readonly abandoned: boolean;
  /** What an answer that cannot be taken says that it has cost. */
  readonly usage: Usage | undefined;
  /** Waiting does not help: the provider's work is held until a person has acted. */
  readonly hold: boolean;
  readonly streak: Streak | undefined;
  /** The fault is about the request's item alone: this is its reply, kept as one. */
  readonly outcome: ModelReply | undefined;
  readonly turnedAway: TurnedAway | undefined;

  constructor(type: FailureType, message: string, details: FaultDetails = {}) {
    super(message);
    this.type = type;
    this.retryAfter = details.retryAfter;
    this.ownWait = details.ownWait;
    this.abandoned = details.abandoned ?? false;
    this.usage = details.usage;
    this.hold = details.hold ?? (type === FAILURES.auth || type === FAILURES.quota);
    this.streak = details.streak;
    this.outcome = details.outcome;
    this.turnedAway = details.turnedAway;
  }

  /** The same fault in other words, or held. */
  with(message: string, change: Pick<FaultDetails, 'hold' | 'outcome'> = {}): ProviderFault {
    return new ProviderFault(this.type, message, { ...this, ...change });
  }
}

/** An answer that cannot be read as a reply: a transport fault, never an outcome. It may have been paid for. */
export const unreadable = (
  provider: string,
  what: string,
  { abandoned = true, usage, streak = 'shape' }: Pick<FaultDetails, 'abandoned' | 'usage' | 'streak'> = {},
): ProviderFault =>
  new ProviderFault(FAILURES.outage, `${provider}: the answer is no reply: ${what}`, { abandoned, usage, streak });

export const brokenEnvelope = (provider: string): ProviderFault => unreadable(provider, 'it has another shape');

/** The clients' own time-out ends with the headers: a body that hangs would be waited for far beyond the claim. */
export const withDeadline = (signal: AbortSignal, milliseconds: number): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
