/** What a request on its way has reserved stands on its claim, so that whoever ends the claim can book it. */
import { sql, type Kysely, type Migration } from 'kysely';

export const reservations: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('sends')
      .addColumn('plan', sql`text`)
      .execute();
    await db.schema
      .alterTable('sends')
      .addColumn('reserved', sql`bigint`, (c) => c.notNull().defaultTo(0))
      .execute();
  },
};
