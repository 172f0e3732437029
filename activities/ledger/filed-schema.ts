/** What the study file said when its study was last started: an edited one wins over what a person changed by hand. */
import { sql, type Kysely, type Migration } from 'kysely';

export const filed: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('studies')
      .addColumn('filed', sql`text`)
      .execute();
  },
};
