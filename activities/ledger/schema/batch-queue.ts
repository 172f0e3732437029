/** Batches over several shards: how large each is, when it is next due, and what is known of its provider's queue. */
import { sql, type Kysely, type Migration } from 'kysely';

const text = sql`text`;
const whole = sql`bigint`;

export const batchQueue: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['collecting', 'opened', 'changed', 'due', 'bytes', 'tokens', 'done', 'tries'])
      await db.schema
        .alterTable('batches')
        .addColumn(column, whole, (c) => c.notNull().defaultTo(0))
        .execute();
    await db.schema.alterTable('batches').addColumn('waits', text).execute();
    await db.schema.alterTable('batches').addColumn('took', whole).execute();
    for (const column of ['bytes', 'tokens', 'queued'])
      await db.schema
        .alterTable('batch_items')
        .addColumn(column, whole, (c) => c.notNull().defaultTo(0))
        .execute();
    await db.schema
      .createTable('batch_queues')
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('tokens', whole)
      .addColumn('most', whole)
      .addColumn('times', whole, (c) => c.notNull())
      .addColumn('until', whole, (c) => c.notNull())
      .addColumn('at', whole, (c) => c.notNull())
      .addPrimaryKeyConstraint('batch_queues_pk', ['provider', 'model'])
      .execute();
  },
};
