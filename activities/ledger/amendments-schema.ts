/** The tables of what a person decided about a plan while, or after, it ran. */
import { sql, type Kysely, type Migration } from 'kysely';

/** Decisions that stand in the results, by plan: `skip` gives a cell up. */
export interface AmendmentsTable {
  plan: string;
  kind: string;
  cell: string;
  reason: string;
}

/** Failures that were taken out of `calls` and `failed_arms` to be tried again; `subject`: a request key, or an arm. */
export interface SetAsideTable {
  plan: string;
  kind: string;
  subject: string;
  reason: string;
  at: string;
}

export interface AmendmentTables {
  amendments: AmendmentsTable;
  set_aside: SetAsideTable;
}

export const amendments: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const text = sql`text`;
    await db.schema
      .createTable('amendments')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('kind', text, (c) => c.notNull())
      .addColumn('cell', text, (c) => c.notNull())
      .addColumn('reason', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('amendments_pk', ['plan', 'kind', 'cell'])
      .execute();
    await db.schema
      .createTable('set_aside')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('kind', text, (c) => c.notNull())
      .addColumn('subject', text, (c) => c.notNull())
      .addColumn('reason', text, (c) => c.notNull())
      .addColumn('at', text, (c) => c.notNull())
      .addPrimaryKeyConstraint('set_aside_pk', ['plan', 'kind', 'subject', 'at'])
      .execute();
  },
};
