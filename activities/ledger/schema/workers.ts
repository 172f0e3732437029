/** The worker processes of a home that are alive, so that they share what may be in flight. */
import { sql, type Kysely, type Migration } from 'kysely';

export const workers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('workers')
      .addColumn('owner', sql`text`, (c) => c.primaryKey())
      .addColumn('since', sql`integer`, (c) => c.notNull())
      .addColumn('expires', sql`integer`, (c) => c.notNull())
      .execute();
  },
};
