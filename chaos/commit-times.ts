/**
 * Has the database itself note when a reply was kept, as the provider's log tells time: by a clock that is right, while
 * those of the study's programs are set forward and back. The product knows nothing of it.
 */
import Database from 'libsql';
import { ledgerFile } from './ledger-view.ts';

const NOTE = `
create table if not exists chaos_kept (key text primary key, at integer not null);
create trigger if not exists chaos_keep after insert on calls begin
  insert into chaos_kept values (new.key, cast((julianday('now') - 2440587.5) * 86400000 as integer));
end;`;

/** False when the ledger did not take it: to be tried again. */
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
