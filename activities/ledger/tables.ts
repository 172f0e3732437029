/** The rows of the ledger's tables. Money is in nano-dollars; some databases return `bigint` columns as texts. */
import type { Generated } from 'kysely';
import type { PaymentKind, Phase } from '../../contracts/payments.ts';
import type { BatchesTable, BatchItemsTable, BatchQueuesTable } from './schema/batch-tables.ts';

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
  cached_tokens: Generated<number>;
  cache_write_tokens: Generated<number>;
  reasoning_tokens: Generated<number>;
  /** 1: the server named no usage. */
  usage_estimated: Generated<number>;
  finish_reason: string | null;
  response_id: string | null;
  request_id: string | null;
  fingerprint: string | null;
}

/**
 * Faults in a row, without a reply in between: of one key, and of a model as a whole (an empty key), where many that were in
 * flight at once count as one. `at`: when the latest that counted came, by `uptime`.
 */
export interface FaultsTable {
  provider: string;
  model: string;
  key: string;
  streak: string;
  count: number;
  at: number;
}

/** What a person should know of a provider, noted once; nothing waits for it. */
export type NoticesTable = Record<'plan' | 'subject' | 'text', string>;

/** The most that a model has written beyond the limit of its requests: reserved for each from then on. */
export interface OverrunsTable {
  provider: string;
  model: string;
  output_tokens: number;
}

/** How a provider of a plan is asked beside its address, as JSON: names of variables in place of secrets. */
export type AccessTable = Record<'plan' | 'provider' | 'settings', string>;

/** The snapshot that first answered for the name of a model in a plan. */
export type SnapshotsTable = Record<'plan' | 'provider' | 'model' | 'snapshot', string>;

/**
 * One row for each key that was ever sent. `owner` has the claim until `expires` (by `uptime`), and alone may send the
 * request. `plan`, `phase` and `model`: the account under which a claimed request is booked; `reserved`: the part of the
 * plan's budget that its claim reserves.
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

/** What fails and is tried again; `since` is in ISO 8601. */
export interface RetriesTable extends Record<'workflow' | 'activity' | 'study' | 'type' | 'since' | 'fault', string> {
  attempt: number;
  held: number;
}

/** Worker processes that are alive until `expires`, by `uptime`. */
export interface WorkersTable {
  owner: string;
  since: number;
  expires: number;
}

/** The checkpoints that trainings made, by training key. */
export interface CheckpointsTable {
  training_key: string;
  digest: string;
  directory: string;
  details: string;
}

/** The checkpoints of tuned students, by plan: what a process would otherwise derive from the whole corpus. */
export interface TrainingKeysTable {
  plan: string;
  student: string;
  arm: string;
  replicate: number;
  partition: number;
  /** How many calls and arms of the home had been set aside by then. */
  set_aside: number;
  training_key: string;
}

/** Arms that failed while their study continued, and why. */
export interface FailedArmsTable {
  plan: string;
  student: string;
  arm: string;
  replicate: number;
  partition: number;
  /** The message of the failure. */
  reason: string;
  /** A key of `ARM_FAILURES`. */
  failure: string;
}

/** Student servers that answer now, by checkpoint digest; `expires`: by `uptime`. */
export interface ServersTable {
  digest: string;
  url: string;
  expires: number;
}

/** Studies of this home: the plan of each, and its limits, rates and cluster settings (`runtime`). */
export interface StudiesTable {
  name: string;
  plan: string;
  runtime: string;
  state: string;
  /** `runtime` as the study file had it at the last start; if the file changes, it replaces what a command had set. */
  filed: string | null;
}

/** Shards that are done, for progress. */
export interface ShardsTable {
  id: string;
  study: string;
  phase: string;
  calls: number;
}

/** Money of a plan: spent, reserved for requests in flight, and the largest cost of a request that the cap refused. */
export interface BudgetsTable {
  plan: string;
  spent: number;
  reserved: number;
  refused: number;
}

/** Sums of requests, their tokens and cost, by plan, phase, model and outcome (`kind`). */
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

/** How many tokens may still be sent to a model (`level`), at a moment by `uptime` (`at`). */
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

/** Providers to which a study sends nothing until a person has acted. */
export interface HoldsTable {
  plan: string;
  provider: string;
  reason: string;
  since: string;
}

/** Decisions of a person that results name, by plan; `kind` is `skip`: the cell is not asked any more. */
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

/** Plans of which texts were exported blind; the secret hides from people which cell an exported item is from. */
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

/** The points that people gave, as a JSON list of 0, 1 and null. */
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
  training_keys: TrainingKeysTable;
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
  batch_queues: BatchQueuesTable;
  blind_plans: BlindPlansTable;
  blind_items: BlindItemsTable;
  people_points: PeoplePointsTable;
  faults: FaultsTable;
  notices: NoticesTable;
  overruns: OverrunsTable;
  access: AccessTable;
  snapshots: SnapshotsTable;
  workers: WorkersTable;
  retries: RetriesTable;
}
