/**
 * What the provider's own log says about the calls of a ledger. The words, request by request:
 *
 * - **paid twice**: reached the provider after a reply to the same request was in the ledger. Must be 0.
 * - **abandoned**: reached it before, may have been answered, and its reply is not the one in the ledger: it broke off,
 *   hung, came as something else, or whoever had asked was killed or gave up. It may be sent again, and the ledger
 *   counts it. Refusals (429, 500, 529) are not: it is known that they brought nothing.
 * - **lost**: a reply that the provider sent to its last byte, that the ledger neither holds nor counts as abandoned:
 *   somebody alive has dropped it. Must be 0.
 *
 * A request is known by the hash of its body, which holds all that its key holds but the name of the provider.
 */
import type { RequestRecord } from '../lab/servers/request-log.ts';

/** A key of the ledger, as the provider sees it. */
export interface LedgerEntry {
  readonly body: string;
  /** When its reply was written, in milliseconds since 1970. */
  readonly committed: number;
  /** Requests of unknown fate that the ledger counts for it. */
  readonly abandoned: number;
}

export type LoggedRequest = Pick<RequestRecord, 'body' | 'received' | 'outcome'>;

export interface Counts {
  readonly requests: number;
  readonly paidTwice: number;
  readonly abandoned: number;
  readonly lost: number;
  /** Abandoned, and not counted by the ledger. */
  readonly uncounted: number;
  /** In the ledger, though the provider never sent the whole of it. */
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

/** The ledger has no reply to this body at all. */
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
  /** Claims that were held when a worker or the owner was killed, over all kills. */
  readonly heldAtKills: number;
  /** Milliseconds after which a request is given up. */
  readonly deadline: number;
}

/** The most that the faults can have made abandoned: what was in flight at each kill, what the provider spoiled, what came too late. */
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

/** The caller's clock starts before the provider's. */
const EARLY = 0.8;
