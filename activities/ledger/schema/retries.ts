/** Activities that have failed and are tried again, with their last fault: what does not advance, and why. */
import { sql, type Kysely, type Migration } from 'kysely';

const text = sql`text`;
const integer = sql`integer`;

export const retries: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('retries')
      .addColumn('workflow', text, (c) => c.notNull())
      .addColumn('activity', text, (c) => c.notNull())
      .addColumn('study', text, (c) => c.notNull())
      .addColumn('type', text, (c) => c.notNull())
      .addColumn('attempt', integer, (c) => c.notNull())
      .addColumn('since', text, (c) => c.notNull())
      .addColumn('fault', text, (c) => c.notNull())
      .addColumn('held', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('retries_pk', ['workflow', 'activity'])
      .execute();
  },
};
