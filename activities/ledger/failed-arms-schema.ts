/** By what an arm failed, beside what was said of it. */
import { sql, type Kysely, type Migration } from 'kysely';

export const failedArms: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('failed_arms')
      .addColumn('failure', sql`text`, (c) => c.notNull().defaultTo('Other'))
      .execute();
  },
};
