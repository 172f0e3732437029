/**
 * Compares the lab's log of requests with the calls of a ledger, and counts requests of each kind:
 *
 * - **paid twice**: reached the provider after a reply to the same request was in the ledger. Must be 0.
 * - **abandoned**: reached the provider before that, may have been answered, but its reply is not the one in the ledger:
 *   the connection broke or hung, the answer was spoiled, or the client was killed or gave up. It may be sent again, and
 *   the ledger counts it. Refusals (429, 500, 529) do not count, as they certainly brought no reply.
 * - **lost**: a reply that the provider sent completely, but that the ledger neither contains nor counts as abandoned: a
 *   program that was not killed has dropped it. Must be 0.
 *
 * Requests are matched by the hash of their body, which contains all that a request key contains except the provider.
 */
import type { RequestRecord } from '../lab/servers/request-log.ts';

/** A reply in the ledger, with the hash of its request's body by which the lab's log names it. */
export interface LedgerEntry {
  readonly body: string;
  /** When its reply was written, in milliseconds since 1970. */
  readonly committed: number;
  /** How many abandoned requests the ledger counts for this key. */
  readonly abandoned: number;
}

export type LoggedRequest = Pick<RequestRecord, 'body' | 'received' | 'outcome'>;

export interface Counts {
  readonly requests: number;
  readonly paidTwice: number;
  readonly abandoned: number;
  readonly lost: number;
  /** Abandoned requests that the ledger does not count. */
  readonly uncounted: number;
  /** Replies in the ledger that the provider never sent completely. */
  readonly invented: number;
}

const UNKNOWN_FATE = new Set(['abandoned', 'hung', 'cut', 'brokenEnvelope']);
const NOTHING: Counts = { requests: 0, paidTwice: 0, abandoned: 0, lost: 0, uncounted: 0, invented: 0 };

export function countFromLog(log: readonly LoggedRequest[], ledger: readonly LedgerEntry[]): Counts {
  const asked = groupByBody(log);
  const known = new Set(ledger.map(({ body }) => body));
  const foreign = [...asked].filter(([body]) => !known.has(body)).map(([, records]) => countUnknown(records));
  return [...ledger.map((entry) => countKey(asked.get(entry.body) ?? [], entry)), ...foreign].reduce(add, NOTHING);
}

function groupByBody(log: readonly LoggedRequest[]): Map<string, LoggedRequest[]> {
  const groups = new Map<string, LoggedRequest[]>();
  for (const record of log) groups.set(record.body, [...(groups.get(record.body) ?? []), record]);
  return groups;
}

function countKey(records: readonly LoggedRequest[], entry: LedgerEntry): Counts {
  const before = records.filter(({ received }) => received <= entry.committed);
  const replies = before.filter(({ outcome }) => outcome === 'reply').length;
  const dropped = Math.max(0, replies - 1);
  const unknown = before.filter(({ outcome }) => UNKNOWN_FATE.has(outcome)).length;
  const missed = Math.max(0, dropped + unknown - entry.abandoned);
  const lost = Math.min(dropped, missed);
  return {
    requests: records.length,
    paidTwice: records.length - before.length,
    abandoned: dropped + unknown - lost,
    lost,
    uncounted: missed - lost,
    invented: replies === 0 ? 1 : 0,
  };
}

/** Counts for a body to which the ledger has no reply at all. */
function countUnknown(records: readonly LoggedRequest[]): Counts {
  const lost = records.filter(({ outcome }) => outcome === 'reply').length;
  const abandoned = records.filter(({ outcome }) => UNKNOWN_FATE.has(outcome)).length;
  return { ...NOTHING, requests: records.length, abandoned, lost };
}

const add = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  paidTwice: a.paidTwice + b.paidTwice,
  abandoned: a.abandoned + b.abandoned,
  lost: a.lost + b.lost,
  uncounted: a.uncounted + b.uncounted,
  invented: a.invented + b.invented,
});

export interface FaultTally {
  /** How many claims existed when a worker or the owner was killed, summed over all kills. */
  readonly heldAtKills: number;
  /** Milliseconds after which a client stops waiting for an answer. */
  readonly deadline: number;
}

/** How many requests the faults can have abandoned at most: in flight at kills, spoiled by the lab, or answered too late. */
export function abandonedAtMost(
  log: readonly (LoggedRequest & Pick<RequestRecord, 'ended'>)[],
  { heldAtKills, deadline }: FaultTally,
): number {
  const spoiled = log.filter(({ outcome }) => UNKNOWN_FATE.has(outcome) && outcome !== 'abandoned');
  const late = log.filter(
    ({ outcome, received, ended }) =>
      (outcome === 'abandoned' || outcome === 'reply') && ended - received >= deadline * EARLY,
  );
  return heldAtKills + spoiled.length + late.length;
}

/** Share of the deadline after which an answer may be too late: the client's time starts before the lab's. */
const EARLY = 0.8;
