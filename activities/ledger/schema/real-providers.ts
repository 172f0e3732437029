/** What real providers send beside a text, and what goes wrong with them in a row. */
import { sql, type Kysely, type Migration } from 'kysely';

const text = sql`text`;
const whole = sql`bigint`;

export const realProviders: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['cached_tokens', 'cache_write_tokens', 'reasoning_tokens', 'usage_estimated'])
      await db.schema
        .alterTable('calls')
        .addColumn(column, whole, (c) => c.notNull().defaultTo(0))
        .execute();
    for (const column of ['finish_reason', 'response_id', 'request_id', 'fingerprint'])
      await db.schema.alterTable('calls').addColumn(column, text).execute();
    await db.schema
      .createTable('faults')
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('key', text, (c) => c.notNull())
      .addColumn('streak', text, (c) => c.notNull())
      .addColumn('count', whole, (c) => c.notNull())
      .addColumn('at', whole, (c) => c.notNull())
      .addPrimaryKeyConstraint('faults_pk', ['provider', 'model', 'key'])
      .execute();
    await db.schema
      .createTable('notices')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('subject', text, (c) => c.notNull())
      .addColumn('text', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('notices_pk', ['plan', 'subject'])
      .execute();
    await db.schema
      .createTable('overruns')
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('output_tokens', whole, (c) => c.notNull())
      .addPrimaryKeyConstraint('overruns_pk', ['provider', 'model'])
      .execute();
  },
};
