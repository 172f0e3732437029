/** The tables of requests that go to a provider many at once. */
import { sql, type Kysely, type Migration } from 'kysely';
import type { Phase } from '../../contracts/payments.ts';

/**
 * A submission, recorded before it is made. It is open until its results are kept; money in nano-dollars, times in ms
 * since the epoch. Whoever holds the lease (`owner`, until `expires` by `uptime`) is the one that takes it a step further.
 */
export interface BatchesTable {
  id: string;
  /** Whose cap it is under, and whose settings say how to reach the provider. */
  plan: string;
  phase: Phase | null;
  provider: string;
  model: string;
  items: number;
  reserved: number;
  /** The provider's id, once it is known. */
  submitted: string | null;
  created: number;
  /** When the latest submission began; null before it. */
  sending: number | null;
  /** The same moment by `uptime`. */
  sending_uptime: number | null;
  state: 'open' | 'cancelling' | 'ended';
  owner: string | null;
  expires: number;
}

/** The requests of the open batches: a key is in at most one. */
export interface BatchItemsTable {
  key: string;
  batch: string;
  request: string;
  reserved: number;
}

export interface BatchTables {
  batches: BatchesTable;
  batch_items: BatchItemsTable;
}

export const batches: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const [text, whole] = [sql`text`, sql`bigint`];
    await db.schema
      .createTable('batches')
      .addColumn('id', text, (c) => c.primaryKey().notNull())
      .addColumn('plan', text, (c) => c.notNull())
      .addColumn('provider', text, (c) => c.notNull())
      .addColumn('model', text, (c) => c.notNull())
      .addColumn('items', whole, (c) => c.notNull())
      .addColumn('reserved', whole, (c) => c.notNull())
      .addColumn('submitted', text)
      .addColumn('created', whole, (c) => c.notNull())
      .addColumn('sending', whole)
      .addColumn('state', text, (c) => c.notNull())
      .addColumn('owner', text)
      .addColumn('expires', whole, (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('batch_items')
      .addColumn('key', text, (c) => c.primaryKey().notNull())
      .addColumn('batch', text, (c) => c.notNull())
      .addColumn('request', text, (c) => c.notNull())
      .addColumn('reserved', whole, (c) => c.notNull())
      .execute();
    await db.schema.createIndex('batch_items_batch').on('batch_items').column('batch').execute();
  },
};
