/** The ledger's tables and their migrations; the same for every database that Kysely speaks to. */
import { sql, type Generated, type Kysely, type Migration } from 'kysely';
import { amendments, type AmendmentTables } from './amendments-schema.ts';
import { batches, type BatchTables } from './batches-schema.ts';
import { claims } from './claims-schema.ts';
import { failedArms } from './failed-arms-schema.ts';
import { filed } from './filed-schema.ts';
import { holds, type HoldTables } from './holds-schema.ts';
import { payments, type PaymentsTable } from './payments-schema.ts';
import { people, type PeopleTables } from './people-schema.ts';
import { reservations } from './reservations-schema.ts';
import { sendingUptime } from './sending-uptime-schema.ts';

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
 * Requests on their way: at most one sender per key holds an unexpired claim (`expires`: by `uptime`). `plan`, `phase`
 * and `model`: what a claimed request is booked under; `reserved`: what it holds of the plan's budget.
 */
export interface SendsTable {
  key: string;
  owner: string | null;
  expires: number;
  sent: number;
  faults: number;
  abandoned: number;
  plan: string | null;
  phase: string | null;
  model: string | null;
  reserved: Generated<number>;
}

/** What training made, by training key. */
export interface CheckpointsTable {
  training_key: string;
  digest: string;
  directory: string;
  details: string;
}

/** Arms that a study went on without, and why. */
export interface FailedArmsTable {
  plan: string;
  student: string;
  arm: string;
  replicate: number;
  partition: number;
  /** Of `ARM_FAILURES`. */
  failure: string;
  /** What was said when it failed. */
  reason: string;
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
  /** As `runtime`, by the study file when it was last started. */
  filed: string | null;
  state: string;
}

/** Shards that are done, for progress. */
export interface ShardsTable {
  id: string;
  study: string;
  phase: string;
  calls: number;
}

/** Money of a plan in nano-dollars: paid, reserved for requests on their way, and wanted by one that the cap refused. */
export interface BudgetsTable {
  plan: string;
  spent: number;
  reserved: number;
  refused: number;
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

export interface LedgerTables extends PeopleTables, HoldTables, AmendmentTables, BatchTables {
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
}

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const text = sql`text`;
    const whole = sql`bigint`;
    await db.schema
      .createTable('calls')
      .addColumn('key', text, (c) => c.primaryKey().notNull())
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('request', text, (c) => c.notNull())
      .addColumn('end', text, (c) => c.notNull())
      .addColumn('text', text, (c) => c.notNull())
      .addColumn('reason', text)
      .addColumn('served_model', text, (c) => c.notNull())
      .addColumn('input_tokens', whole, (c) => c.notNull())
      .addColumn('output_tokens', whole, (c) => c.notNull())
      .addColumn('at', text, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('sends')
      .addColumn('key', text, (c) => c.primaryKey().notNull())
      .addColumn('owner', text)
      .addColumn('expires', whole, (c) => c.notNull())
      .addColumn('sent', whole, (c) => c.notNull())
      .addColumn('faults', whole, (c) => c.notNull())
      .addColumn('abandoned', whole, (c) => c.notNull())
      .execute();
    await createHomeTables(db);
  },
};

async function createHomeTables(db: Kysely<unknown>): Promise<void> {
  const text = sql`text`;
  const whole = sql`bigint`;
  await db.schema
    .createTable('checkpoints')
    .addColumn('training_key', text, (c) => c.primaryKey().notNull())
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('directory', text, (c) => c.notNull())
    .addColumn('details', text, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('failed_arms')
    .addColumn('plan', text, (c) => c.notNull())
    .addColumn('student', text, (c) => c.notNull())
    .addColumn('arm', text, (c) => c.notNull())
    .addColumn('replicate', whole, (c) => c.notNull())
    .addColumn('partition', whole, (c) => c.notNull())
    .addColumn('reason', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('failed_arms_pk', ['plan', 'student', 'arm', 'replicate', 'partition'])
    .execute();
  await db.schema
    .createTable('servers')
    .addColumn('digest', text, (c) => c.primaryKey().notNull())
    .addColumn('url', text, (c) => c.notNull())
    .addColumn('expires', whole, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('studies')
    .addColumn('name', text, (c) => c.primaryKey().notNull())
    .addColumn('plan', text, (c) => c.notNull())
    .addColumn('runtime', text, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('shards')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('study', text, (c) => c.notNull())
    .addColumn('phase', text, (c) => c.notNull())
    .addColumn('calls', whole, (c) => c.notNull())
    .execute();
}

const gates: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const [text, whole] = [sql`text`, sql`bigint`];
    await db.schema
      .createTable('budgets')
      .addColumn('plan', text, (c) => c.primaryKey().notNull())
      .addColumn('spent', whole, (c) => c.notNull())
      .addColumn('reserved', whole, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('buckets')
      .addColumn('model', text, (c) => c.primaryKey().notNull())
      .addColumn('level', sql`double precision`, (c) => c.notNull())
      .addColumn('at', whole, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('pauses')
      .addColumn('plan', text, (c) => c.primaryKey().notNull())
      .addColumn('since', text, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('waits')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('subject', text, (c) => c.notNull())
      .addColumn('reason', text, (c) => c.notNull())
      .addColumn('at', whole, (c) => c.notNull())
      .addPrimaryKeyConstraint('waits_pk', ['plan', 'subject'])
      .execute();
  },
};

/** By name, in order; a name, once released, is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-gates': gates,
  '0003-people': people,
  '0004-holds': holds,
  '0005-amendments': amendments,
  '0006-batches': batches,
  '0007-reservations': reservations,
  '0008-payments': payments,
  '0009-filed': filed,
  '0010-failed-arms': failedArms,
  '0011-sending-uptime': sendingUptime,
  '0012-claims': claims,
};
