/** The rows of batches; `activities/ledger/tables.ts` names the tables. */
import type { Generated } from 'kysely';
import type { Phase } from '../../../contracts/payments.ts';

/**
 * A submission of many requests at once, recorded before it is made; it is open until its results are stored. Only the
 * process that has the lease (`owner`, until `expires` by `uptime`) works on it. Other times are in ms since 1970.
 */
export interface BatchesTable {
  id: string;
  /** The plan that pays for it, and whose settings say how to reach the provider. */
  plan: string;
  provider: string;
  model: string;
  items: number;
  reserved: number;
  /** The provider's id, once it is known. */
  submitted: string | null;
  created: number;
  /** When the latest submission began, by time of day, to search a provider's list; null before the first submission. */
  sending: number | null;
  state: 'open' | 'cancelling' | 'ended';
  owner: string | null;
  expires: number;
  phase: Phase | null;
  /** The same moment as `sending`, by `uptime`, which stays correct when somebody sets the time of day. */
  sending_uptime: number | null;
  /** 1: it takes more requests. When it took its first (`opened`) and its latest (`changed`), by `uptime`. */
  collecting: Generated<number>;
  opened: Generated<number>;
  changed: Generated<number>;
  /** Nobody takes the next step before, by `uptime`; 0: at once. */
  due: Generated<number>;
  /** About how large its requests are on the wire, and how many input tokens they have. */
  bytes: Generated<number>;
  tokens: Generated<number>;
  /** How many of its requests the provider says are done. */
  done: Generated<number>;
  /** How often the provider has turned it away, as its queue was full. */
  tries: Generated<number>;
  /** Why it is not submitted yet. */
  waits: string | null;
  /** How many milliseconds the provider took. */
  took: number | null;
}

/** The requests of the open batches: a key is in at most one. `queued`: since when, by `uptime`. */
export interface BatchItemsTable {
  key: string;
  batch: string;
  request: string;
  reserved: number;
  bytes: Generated<number>;
  tokens: Generated<number>;
  queued: Generated<number>;
}

/**
 * What providers have shown of their queues for batches, by model: the most input tokens in all, and the most requests of
 * one batch. `times`: how often in a row the queue was full; nothing is submitted before `until`. Learned `at`, by `uptime`.
 */
export interface BatchQueuesTable {
  provider: string;
  model: string;
  tokens: number | null;
  most: number | null;
  times: number;
  until: number;
  at: number;
}
