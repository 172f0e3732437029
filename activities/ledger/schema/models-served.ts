/** How the providers of a plan are asked beside their addresses, and which snapshot has answered for the name of a model. */
import { sql, type Kysely, type Migration } from 'kysely';

const text = sql`text`;

export const modelsServed: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('access')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('settings', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('access_pk', ['plan', 'provider'])
      .execute();
    await db.schema
      .createTable('snapshots')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('snapshot', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('snapshots_pk', ['plan', 'provider', 'model'])
      .execute();
  },
};
