/**
 * Adds a trigger to a ledger that notes when each reply was stored, by the machine's correct clock. The times that the
 * study's programs write cannot be compared with the lab's log, as their clocks are set forward and back.
 */
import Database from 'libsql';
import { ledgerFile } from './ledger-view.ts';

const NOTE = `
create table if not exists chaos_kept (key text primary key, at integer not null);
create trigger if not exists chaos_keep after insert on calls begin
  insert into chaos_kept values (new.key, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;`;

/** Adds the trigger; false when the ledger could not be written now, so that the caller tries again. */
export function noteCommits(home: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(ledgerFile(home), { timeout: 200 });
    database.exec(NOTE);
    return true;
  } catch {
    return false;
  } finally {
    database?.close();
  }
}
