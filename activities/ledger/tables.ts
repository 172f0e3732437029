/** The rows of the ledger's tables. Money is in nano-dollars; `bigint` columns are read as numbers or, by some databases, as texts. */
import type { Generated } from 'kysely';
import type { PaymentKind, Phase } from '../../contracts/payments.ts';

/** A reply that was paid for, by request key. Written once, never changed. */
export interface CallsTable {
  key: string;
  provider: string;
  model: string;
  request: string;
  end: string;
  text: string;
  reason: string | null;
  served_model: string;
  input_tokens: number;
  output_tokens: number;
  at: string;
}

/**
 * Requests on their way: at most one sender per key has an unexpired claim (`expires`: by `uptime`). `plan`, `phase`
 * and `model`: what a claimed request is booked under; `reserved`: its share of the plan's budget, so that whoever ends
 * the claim can book it.
 */
export interface SendsTable {
  key: string;
  owner: string | null;
  expires: number;
  sent: number;
  faults: number;
  abandoned: number;
  plan: string | null;
  reserved: Generated<number>;
  phase: string | null;
  model: string | null;
}

/** What training made, by training key. */
export interface CheckpointsTable {
  training_key: string;
  digest: string;
  directory: string;
  details: string;
}

/** Arms that failed while their study continued, and why. */
export interface FailedArmsTable {
  plan: string;
  student: string;
  arm: string;
  replicate: number;
  partition: number;
  /** What was said when it failed. */
  reason: string;
  /** Of `ARM_FAILURES`. */
  failure: string;
}

/** Student servers that answer now, by checkpoint digest; `expires`: by `uptime`. */
export interface ServersTable {
  digest: string;
  url: string;
  expires: number;
}

/** Studies of this home: their plan and how they may run. */
export interface StudiesTable {
  name: string;
  plan: string;
  runtime: string;
  state: string;
  /** `runtime` as in the study file at the last start: a file edited since then wins over what a person changed by command. */
  filed: string | null;
}

/** Shards that are done, for progress. */
export interface ShardsTable {
  id: string;
  study: string;
  phase: string;
  calls: number;
}

/** Money of a plan: paid, reserved for requests on their way, and the largest cost of a request that the cap refused. */
export interface BudgetsTable {
  plan: string;
  spent: number;
  reserved: number;
  refused: number;
}

/** What each plan paid, by phase, model and what became of the requests: sums of requests, their tokens and their cost. */
export interface PaymentsTable {
  plan: string;
  phase: Phase;
  model: string;
  kind: PaymentKind;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  paid: number;
}

/** Tokens a model may still be sent, as of a moment by `uptime`. */
export interface BucketsTable {
  model: string;
  level: number;
  at: number;
}

/** Studies that a person has paused, by plan. */
export interface PausesTable {
  plan: string;
  since: string;
}

/** Providers that a study sends nothing until a person has acted. */
export interface HoldsTable {
  plan: string;
  provider: string;
  reason: string;
  since: string;
}

/** Decisions of a person that are named in the results, by plan: `skip` gives a cell up. */
export interface AmendmentsTable {
  plan: string;
  kind: string;
  cell: string;
  reason: string;
}

/** Failures that were taken out of `calls` and `failed_arms` to be tried again; `subject`: a request key, or an arm. */
export interface SetAsideTable {
  plan: string;
  kind: string;
  subject: string;
  reason: string;
  at: string;
}

/**
 * A submission of many requests at once, recorded before it is made. It is open until its results are kept; times in ms
 * since the epoch. The process that has the lease (`owner`, until `expires` by `uptime`) is the one that works on it.
 */
export interface BatchesTable {
  id: string;
  /** Whose cap it is under, and whose settings say how to reach the provider. */
  plan: string;
  provider: string;
  model: string;
  items: number;
  reserved: number;
  /** The provider's id, once it is known. */
  submitted: string | null;
  created: number;
  /** When the latest submission began, by the time of day, which a provider's list is searched by; null before it. */
  sending: number | null;
  state: 'open' | 'cancelling' | 'ended';
  owner: string | null;
  expires: number;
  phase: Phase | null;
  /** The same moment as `sending`, by `uptime`, which nobody sets. */
  sending_uptime: number | null;
}

/** The requests of the open batches: a key is in at most one. */
export interface BatchItemsTable {
  key: string;
  batch: string;
  request: string;
  reserved: number;
}

/** Plans of which texts were exported blind; without the secret nobody can tell which cell an item is from. */
export interface BlindPlansTable {
  plan: string;
  secret: string;
}

/** The place in the plan of an exported item, as JSON. */
export interface BlindItemsTable {
  plan: string;
  item: string;
  place: string;
}

/** What people gave: points as a JSON list of 0, 1 and null. */
export interface PeoplePointsTable {
  plan: string;
  item: string;
  person: string;
  points: string;
  comment: string;
}

export interface LedgerTables {
  calls: CallsTable;
  sends: SendsTable;
  checkpoints: CheckpointsTable;
  failed_arms: FailedArmsTable;
  servers: ServersTable;
  studies: StudiesTable;
  shards: ShardsTable;
  budgets: BudgetsTable;
  payments: PaymentsTable;
  buckets: BucketsTable;
  pauses: PausesTable;
  holds: HoldsTable;
  amendments: AmendmentsTable;
  set_aside: SetAsideTable;
  batches: BatchesTable;
  batch_items: BatchItemsTable;
  blind_plans: BlindPlansTable;
  blind_items: BlindItemsTable;
  people_points: PeoplePointsTable;
}
