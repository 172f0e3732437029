/** Which checkpoint a tuned student of a plan has: its training key, which otherwise takes the whole corpus to derive. */
import { sql, type Kysely, type Migration } from 'kysely';

const text = sql`text`;
const whole = sql`bigint`;

export const trainingKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('training_keys')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('student', text, (c) => c.notNull())
      .addColumn('arm', text, (c) => c.notNull())
      .addColumn('replicate', whole, (c) => c.notNull())
      .addColumn('partition', whole, (c) => c.notNull())
      .addColumn('set_aside', whole, (c) => c.notNull())
      .addColumn('training_key', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('training_keys_pk', ['plan', 'student', 'arm', 'replicate', 'partition'])
      .execute();
  },
};
