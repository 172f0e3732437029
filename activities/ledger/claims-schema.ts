/** Claims are few among all the keys that were ever sent: whoever looks for them does not read the others. */
import { sql, type Kysely, type Migration } from 'kysely';

export const claims: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createIndex('sends_claimed')
      .on('sends')
      .column('owner')
      .where(sql<boolean>`owner is not null`)
      .execute();
  },
};
