/** Opens the SQLite ledger of a home: durable, checked, and brought to the current schema. */
import { existsSync } from 'node:fs';
import { Kysely, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { UserError } from '../../contracts/failures.ts';
import { migrateLedger } from './migrate-ledger.ts';
import { MIGRATIONS } from './migrations.ts';
import type { LedgerTables } from './tables.ts';

/** "ETUD": marks the file as ours, so that another program's database is refused. */
const APPLICATION_ID = 0x45545544;

/**
 * Throws `UserError` for a database that is damaged, newer, too old, or of another program. Opening and closing a ledger
 * of the current schema neither writes to it nor locks it. `check` reads the whole file, so use it once per start.
 */
export async function openLedger(
  file: string,
  { check = false, migrations = MIGRATIONS } = {},
): Promise<Kysely<LedgerTables>> {
  const fresh = !existsSync(file);
  const database = openFile(file);
  try {
    // Several processes write, so a writer must wait for another one. The wait blocks the event loop, so it has to be well
    // below the activities' heartbeat timeout.
    database.pragma('busy_timeout = 10000');
    // Checked before anything is written, so that a foreign or damaged file stays unchanged.
    if (!fresh) requireOurs(database, file);
    if (check && !fresh) requireWhole(database, file);
    prepare(database);
  } catch (error) {
    database.close();
    throw asUserError(error, file);
  }
  const ledger = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: asSqlite(database) }) });
  try {
    await migrateLedger({ file, database, ledger }, migrations);
  } catch (error) {
    // Closing rolls back.
    await ledger.destroy();
    throw asUserError(error, file);
  }
  return ledger;
}

function openFile(file: string): Database.Database {
  try {
    return new Database(file);
  } catch (error) {
    throw asUserError(error, file);
  }
}

function prepare(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // Written only if it differs: otherwise each opening of a ledger would commit a transaction.
  if (pragmaValue(database, 'application_id') !== APPLICATION_ID) database.pragma(`application_id = ${APPLICATION_ID}`);
}

/** Whether a row was written over this connection. */
const hasWritten = (database: Database.Database): boolean =>
  (database.prepare('select total_changes() as changes').get() as { changes: number }).changes > 0;

const pragmaValue = (database: Database.Database, name: string): unknown => {
  const [row] = database.prepare(`pragma ${name}`).all() as Record<string, unknown>[];
  return row && Object.values(row)[0];
};

function requireOurs(database: Database.Database, file: string): void {
  const id = pragmaValue(database, 'application_id');
  const { tables } = database.prepare('select count(*) as tables from sqlite_master').get() as { tables: number };
  if (id === APPLICATION_ID || tables === 0) return;
  throw new UserError(`${file} is a database of another program.`, 'Move it away, or choose another home with --home.');
}

function requireWhole(database: Database.Database, file: string): void {
  const found = pragmaValue(database, 'integrity_check');
  if (found === 'ok') return;
  throw new UserError(
    `${file} is damaged: ${String(found).slice(0, 200)}.`,
    'Nothing was changed. Restore the newest backup of the home, or move the file away: replies it held are then paid for again.',
  );
}

function asUserError(error: unknown, file: string): UserError {
  if (error instanceof UserError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new UserError(
    `The ledger ${file} cannot be opened: ${message}.`,
    'Nothing was changed. If the disk is full or read-only, correct that; if the file is damaged, restore the newest backup of the home.',
    { cause: error },
  );
}

/** Kysely prepares a statement for every query; keeping prepared statements saves a third of the ledger's time. */
function asSqlite(database: Database.Database) {
  const prepared = new Map<string, ReturnType<Database.Database['prepare']>>();
  const prepareOnce = (text: string) => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = database.prepare(text);
    if (prepared.size < 200) prepared.set(text, statement);
    return statement;
  };
  return {
    close() {
      prepared.clear();
      try {
        // Statements that are not garbage-collected yet keep the file open after `close`: so free its locks and log now.
        if (database.inTransaction) database.exec('rollback');
        if (hasWritten(database)) database.pragma('wal_checkpoint(PASSIVE)');
      } catch {
        // The disk is full: what could not be moved to the database file stays safely in its log.
      }
      database.close();
    },
    prepare(text: string) {
      const statement = prepareOnce(text);
      return {
        reader: statement.reader,
        all: (parameters: readonly unknown[]) => statement.all(parameters),
        run: (parameters: readonly unknown[]) => statement.run(parameters),
        iterate: (parameters: readonly unknown[]) => statement.iterate(parameters),
      };
    },
  };
}
