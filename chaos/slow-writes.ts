/**
 * Makes single tables of a ledger slow to write, so that a worker can be caught in the middle of an activity that
 * takes a moment only: a trigger that counts to ten million before each row. The product knows nothing of it.
 */
import Database from 'libsql';
import { ledgerFile } from './ledger-view.ts';

/** Which table each of the short activities writes. */
const TABLES: Readonly<Record<string, string>> = {
  settleShard: 'before insert on shards',
  failArm: 'before insert on failed_arms',
  analyse: "before update on studies when new.state = 'finished'",
};
const STEPS = 10_000_000;

/** Exactly these activities are slow from now on. False when the ledger did not take it: to be tried again. */
export function slowDown(home: string, types: ReadonlySet<string>): boolean {
  let database: Database.Database | undefined;
  try {
    database = new Database(ledgerFile(home), { timeout: 200 });
    database.exec(
      `create view if not exists chaos_count as
         with recursive n(i) as (select 1 union all select i + 1 from n where i < ${STEPS}) select i from n`,
    );
    for (const [type, when] of Object.entries(TABLES)) {
      if (types.has(type))
        database.exec(`create trigger if not exists chaos_${type} ${when} begin select count(*) from chaos_count; end`);
      else database.exec(`drop trigger if exists chaos_${type}`);
    }
    return true;
  } catch {
    return false;
  } finally {
    database?.close();
  }
}
