/** When a submission began, by the clock that nobody sets: the time of day is only good for a provider's list. */
import { sql, type Kysely, type Migration } from 'kysely';

export const sendingUptime: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('batches')
      .addColumn('sending_uptime', sql`bigint`)
      .execute();
  },
};
