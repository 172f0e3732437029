/** What each plan paid, by phase, model and what became of the requests; claims and batches say what they are booked under. */
import { sql, type Kysely, type Migration } from 'kysely';
import type { PaymentKind, Phase } from '../../contracts/payments.ts';

/** Sums: of requests, their tokens, and nano-dollars. */
export interface PaymentsTable {
  plan: string;
  phase: Phase;
  model: string;
  kind: PaymentKind;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  paid: number;
}

export const payments: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const [text, whole] = [sql`text`, sql`bigint`];
    await db.schema
      .createTable('payments')
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('phase', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('kind', text, (c) => c.notNull())
      .addColumn('calls', whole, (c) => c.notNull())
      .addColumn('input_tokens', whole, (c) => c.notNull())
      .addColumn('output_tokens', whole, (c) => c.notNull())
      .addColumn('paid', whole, (c) => c.notNull())
      .addPrimaryKeyConstraint('payments_pk', ['plan', 'phase', 'model', 'kind'])
      .execute();
    await db.schema.alterTable('sends').addColumn('phase', text).execute();
    await db.schema.alterTable('sends').addColumn('model', text).execute();
    await db.schema.alterTable('batches').addColumn('phase', text).execute();
  },
};
