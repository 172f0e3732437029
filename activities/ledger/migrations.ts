/**
 * The migrations of the ledger, by name; they run in the order of their names. A change of the tables is one more entry,
 * as `'0002-finish-reason': { up: (db) => db.schema.alterTable('calls').addColumn(...).execute() }`, and the new column in
 * `tables.ts`. One that was released never changes: homes that ran it do not run it again.
 */
import type { Migration } from 'kysely';
import { baseline } from './schema/baseline.ts';
import { batchQueue } from './schema/batch-queue.ts';
import { modelsServed } from './schema/models-served.ts';
import { realProviders } from './schema/real-providers.ts';
import { retries } from './schema/retries.ts';
import { trainingKeys } from './schema/training-keys.ts';
import { workers } from './schema/workers.ts';

export type Migrations = Readonly<Record<string, Migration>>;

export const MIGRATIONS: Migrations = {
  '0001-baseline': baseline,
  '0002-real-providers': realProviders,
  '0003-batch-queue': batchQueue,
  '0004-training-keys': trainingKeys,
  '0005-models-served': modelsServed,
  '0006-workers': workers,
  '0007-retries': retries,
};
