/** The tables of the ledger as its first migration makes them. Never change a released one: add a migration instead. */
import { sql, type ColumnDefinitionBuilder, type Kysely, type Migration } from 'kysely';

type Db = Kysely<unknown>;
type Column = ColumnDefinitionBuilder;

const text = sql`text`;
const whole = sql`bigint`;
const required = (column: Column): Column => column.notNull();
const key = (column: Column): Column => column.primaryKey().notNull();
const zero = (column: Column): Column => column.notNull().defaultTo(0);

export const baseline: Migration = {
  async up(db: Db): Promise<void> {
    await createCalls(db);
    await createTrainings(db);
    await createStudies(db);
    await createMoney(db);
    await createDecisions(db);
    await createBatches(db);
    await createPeople(db);
  },
};

async function createCalls(db: Db): Promise<void> {
  await db.schema
    .createTable('calls')
    .addColumn('key', text, key)
    .addColumn('provider', text, required)
    .addColumn('model', text, required)
    .addColumn('request', text, required)
    .addColumn('end', text, required)
    .addColumn('text', text, required)
    .addColumn('reason', text)
    .addColumn('served_model', text, required)
    .addColumn('input_tokens', whole, required)
    .addColumn('output_tokens', whole, required)
    .addColumn('at', text, required)
    .execute();
  await db.schema
    .createTable('sends')
    .addColumn('key', text, key)
    .addColumn('owner', text)
    .addColumn('expires', whole, required)
    .addColumn('sent', whole, required)
    .addColumn('faults', whole, required)
    .addColumn('abandoned', whole, required)
    .addColumn('plan', text)
    .addColumn('reserved', whole, zero)
    .addColumn('phase', text)
    .addColumn('model', text)
    .execute();
  // Few of the keys that were ever sent have a claim now, so an index over these alone makes searches for claims fast.
  await db.schema
    .createIndex('sends_claimed')
    .on('sends')
    .column('owner')
    .where(sql<boolean>`owner is not null`)
    .execute();
}

async function createTrainings(db: Db): Promise<void> {
  await db.schema
    .createTable('checkpoints')
    .addColumn('training_key', text, key)
    .addColumn('digest', text, required)
    .addColumn('directory', text, required)
    .addColumn('details', text, required)
    .execute();
  await db.schema
    .createTable('failed_arms')
    .addColumn('plan', text, required)
    .addColumn('student', text, required)
    .addColumn('arm', text, required)
    .addColumn('replicate', whole, required)
    .addColumn('partition', whole, required)
    .addColumn('reason', text, required)
    .addColumn('failure', text, (column) => column.notNull().defaultTo('Other'))
    .addPrimaryKeyConstraint('failed_arms_pk', ['plan', 'student', 'arm', 'replicate', 'partition'])
    .execute();
  await db.schema
    .createTable('servers')
    .addColumn('digest', text, key)
    .addColumn('url', text, required)
    .addColumn('expires', whole, required)
    .execute();
}

async function createStudies(db: Db): Promise<void> {
  await db.schema
    .createTable('studies')
    .addColumn('name', text, key)
    .addColumn('plan', text, required)
    .addColumn('runtime', text, required)
    .addColumn('state', text, required)
    .addColumn('filed', text)
    .execute();
  await db.schema
    .createTable('shards')
    .addColumn('id', text, key)
    .addColumn('study', text, required)
    .addColumn('phase', text, required)
    .addColumn('calls', whole, required)
    .execute();
}

async function createMoney(db: Db): Promise<void> {
  await db.schema
    .createTable('budgets')
    .addColumn('plan', text, key)
    .addColumn('spent', whole, required)
    .addColumn('reserved', whole, required)
    .addColumn('refused', whole, zero)
    .execute();
  await db.schema
    .createTable('payments')
    .addColumn('plan', text, required)
    .addColumn('phase', text, required)
    .addColumn('model', text, required)
    .addColumn('kind', text, required)
    .addColumn('calls', whole, required)
    .addColumn('input_tokens', whole, required)
    .addColumn('output_tokens', whole, required)
    .addColumn('paid', whole, required)
    .addPrimaryKeyConstraint('payments_pk', ['plan', 'phase', 'model', 'kind'])
    .execute();
  await db.schema
    .createTable('buckets')
    .addColumn('model', text, key)
    .addColumn('level', sql`double precision`, required)
    .addColumn('at', whole, required)
    .execute();
}

async function createDecisions(db: Db): Promise<void> {
  await db.schema.createTable('pauses').addColumn('plan', text, key).addColumn('since', text, required).execute();
  await db.schema
    .createTable('holds')
    .addColumn('plan', text, required)
    .addColumn('provider', text, required)
    .addColumn('reason', text, required)
    .addColumn('since', text, required)
    .addPrimaryKeyConstraint('holds_pk', ['plan', 'provider'])
    .execute();
  await db.schema
    .createTable('amendments')
    .addColumn('plan', text, required)
    .addColumn('kind', text, required)
    .addColumn('cell', text, required)
    .addColumn('reason', text, required)
    .addPrimaryKeyConstraint('amendments_pk', ['plan', 'kind', 'cell'])
    .execute();
  await db.schema
    .createTable('set_aside')
    .addColumn('plan', text, required)
    .addColumn('kind', text, required)
    .addColumn('subject', text, required)
    .addColumn('reason', text, required)
    .addColumn('at', text, required)
    .addPrimaryKeyConstraint('set_aside_pk', ['plan', 'kind', 'subject', 'at'])
    .execute();
}

async function createBatches(db: Db): Promise<void> {
  await db.schema
    .createTable('batches')
    .addColumn('id', text, key)
    .addColumn('plan', text, required)
    .addColumn('provider', text, required)
    .addColumn('model', text, required)
    .addColumn('items', whole, required)
    .addColumn('reserved', whole, required)
    .addColumn('submitted', text)
    .addColumn('created', whole, required)
    .addColumn('sending', whole)
    .addColumn('state', text, required)
    .addColumn('owner', text)
    .addColumn('expires', whole, required)
    .addColumn('phase', text)
    .addColumn('sending_uptime', whole)
    .execute();
  await db.schema
    .createTable('batch_items')
    .addColumn('key', text, key)
    .addColumn('batch', text, required)
    .addColumn('request', text, required)
    .addColumn('reserved', whole, required)
    .execute();
  await db.schema.createIndex('batch_items_batch').on('batch_items').column('batch').execute();
}

async function createPeople(db: Db): Promise<void> {
  await db.schema.createTable('blind_plans').addColumn('plan', text, key).addColumn('secret', text, required).execute();
  await db.schema
    .createTable('blind_items')
    .addColumn('plan', text, required)
    .addColumn('item', text, required)
    .addColumn('place', text, required)
    .addPrimaryKeyConstraint('blind_items_pk', ['plan', 'item'])
    .execute();
  await db.schema
    .createTable('people_points')
    .addColumn('plan', text, required)
    .addColumn('item', text, required)
    .addColumn('person', text, required)
    .addColumn('points', text, required)
    .addColumn('comment', text, required)
    .addPrimaryKeyConstraint('people_points_pk', ['plan', 'item', 'person'])
    .execute();
}
