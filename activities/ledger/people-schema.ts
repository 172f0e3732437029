/** The tables of what people judged. */
import { sql, type Kysely, type Migration } from 'kysely';

/** Plans of which texts were exported blind; who lacks the secret cannot tell an item's place. */
export interface BlindPlansTable {
  plan: string;
  secret: string;
}

/** What stands behind an exported item: its place in the plan, as JSON. */
export interface BlindItemsTable {
  plan: string;
  item: string;
  place: string;
}

/** What people gave: points as a JSON list of 0, 1 and null. */
export interface PeoplePointsTable {
  plan: string;
  item: string;
  person: string;
  points: string;
  comment: string;
}

export interface PeopleTables {
  blind_plans: BlindPlansTable;
  blind_items: BlindItemsTable;
  people_points: PeoplePointsTable;
}

export const people: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const text = sql`text`;
    await db.schema
      .createTable('blind_plans')
      .addColumn('plan', text, (c) => c.primaryKey().notNull())
      .addColumn('secret', text, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('blind_items')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('item', text, (c) => c.notNull())
      .addColumn('place', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('blind_items_pk', ['plan', 'item'])
      .execute();
    await db.schema
      .createTable('people_points')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('item', text, (c) => c.notNull())
      .addColumn('person', text, (c) => c.notNull())
      .addColumn('points', text, (c) => c.notNull())
      .addColumn('comment', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('people_points_pk', ['plan', 'item', 'person'])
      .execute();
  },
};
