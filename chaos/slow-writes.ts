/**
 * Makes some tables of a ledger slow to write, by a trigger that counts to ten million before each row, so that a worker
 * can be killed during an activity that otherwise takes only a moment.
 */
import Database from 'libsql';
import { ledgerFile } from './ledger-view.ts';

/** The write that each of the short activities makes. */
const TABLES: Readonly<Record<string, string>> = {
  settleShard: 'before insert on shards',
  failArm: 'before insert on failed_arms',
  analyse: "before update on studies when new.state = 'finished'",
};
const STEPS = 10_000_000;

/** Makes exactly these activities slow. False when the ledger could not be written now, so that the caller tries again. */
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
