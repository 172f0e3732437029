/** The table of providers whose work a study holds until a person has acted. */
import { sql, type Kysely, type Migration } from 'kysely';

export interface HoldsTable {
  plan: string;
  provider: string;
  reason: string;
  since: string;
}

export interface HoldTables {
  holds: HoldsTable;
}

export const holds: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const text = sql`text`;
    await db.schema
      .createTable('holds')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('reason', text, (c) => c.notNull())
      .addColumn('since', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('holds_pk', ['plan', 'provider'])
      .execute();
    // A wait follows from what holds it: a hold, or a request that the cap refused.
    await db.schema.dropTable('waits').execute();
    await db.schema
      .alterTable('budgets')
      .addColumn('refused', sql`bigint`, (c) => c.notNull().defaultTo(0))
      .execute();
  },
};
