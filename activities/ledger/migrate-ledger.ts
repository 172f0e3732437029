/** Brings a ledger to the current schema; one that has it already is only read. */
import { Migrator, type Kysely } from 'kysely';
import type Database from 'libsql';
import { UserError } from '../../contracts/failures.ts';
import type { Migrations } from './migrations.ts';
import type { LedgerTables } from './tables.ts';

/** The migrations that made the tables step by step, before the baseline made the same tables at once. */
const REPLACED_BY_BASELINE = [
  '0001-first',
  '0002-gates',
  '0003-people',
  '0004-holds',
  '0005-amendments',
  '0006-batches',
  '0007-reservations',
  '0008-payments',
  '0009-filed',
  '0010-failed-arms',
  '0011-sending-uptime',
  '0012-claims',
];

interface OpenFile {
  readonly file: string;
  readonly database: Database.Database;
  /** Over the same connection. */
  readonly ledger: Kysely<LedgerTables>;
}

/** Runs pending migrations, if any, in one transaction. Throws `UserError` for a ledger of another version. */
export async function migrateLedger({ file, database, ledger }: OpenFile, migrations: Migrations): Promise<void> {
  // Cheap check before taking the write lock, so that commands that only read wait for no writer.
  if (isCurrent(listApplied(database), migrations)) return;
  const provider = { getMigrations: () => Promise.resolve({ ...migrations }) };
  const migrator = new Migrator({
    db: ledger,
    provider,
    // Our own transaction: Kysely's takes no lock on SQLite, and two processes would make the tables twice.
    disableTransactions: true,
    // Kysely would compare the times of day at which they ran, and that clock may have been set back in between.
    allowUnorderedMigrations: true,
  });
  database.exec('begin immediate');
  // Read again under the lock: another process may have migrated meanwhile.
  const applied = listApplied(database);
  requireKnown(applied, migrations, file);
  if (applied.some(isReplaced)) adoptBaseline(database, applied, file);
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
  database.exec('commit');
}

function listApplied(database: Database.Database): string[] {
  const table = database.prepare("select name from sqlite_master where name = 'kysely_migration'").get();
  if (!table) return [];
  return (database.prepare('select name from kysely_migration').all() as { name: string }[]).map(({ name }) => name);
}

const isReplaced = (name: string): boolean => REPLACED_BY_BASELINE.includes(name);

const isCurrent = (applied: readonly string[], migrations: Migrations): boolean =>
  applied.length === Object.keys(migrations).length && applied.every((name) => name in migrations);

function requireKnown(applied: readonly string[], migrations: Migrations, file: string): void {
  const unknown = applied.filter((name) => !(name in migrations) && !isReplaced(name));
  if (unknown.length === 0) return;
  throw new UserError(
    `The ledger ${file} has a schema that this version does not know: ${unknown.join(', ')}.`,
    'It was written by a newer version of Etude: update this checkout, or choose another home with --home.',
  );
}

/** Records the baseline in place of what it replaces: the tables are the same, so no row is touched. */
function adoptBaseline(database: Database.Database, applied: readonly string[], file: string): void {
  const missing = REPLACED_BY_BASELINE.filter((name) => !applied.includes(name));
  if (missing.length > 0)
    throw new UserError(
      `The ledger ${file} was written by an early development version (it lacks ${missing.join(', ')}) and cannot be upgraded.`,
      'Use the version of Etude that wrote it, or choose another home with --home.',
    );
  database.exec("insert into kysely_migration select '0001-baseline', max(timestamp) from kysely_migration");
  const names = REPLACED_BY_BASELINE.map((name) => `'${name}'`).join(', ');
  database.exec(`delete from kysely_migration where name in (${names})`);
}
