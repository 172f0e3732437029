/** A whole copy of a ledger that others may be writing to. */
import { join } from 'node:path';
import Database from 'libsql';

export interface CopyLedgerInput {
  readonly from: string;
  readonly to: string;
  /** Where the copy's jobs will lie. */
  readonly jobs: string;
}

const PATIENCE_MS = 30_000;

/** As of one moment. Returns the training keys whose checkpoints the copy counts on. */
export function copyLedger({ from, to, jobs }: CopyLedgerInput): string[] {
  using(from, (ledger) => ledger.prepare('vacuum into ?').run(to));
  return using(to, (copy) => {
    // Servers of the original's students are not the copy's to ask.
    copy.exec('delete from servers');
    const keys = copy.prepare('select training_key as key from checkpoints').all() as { key: string }[];
    const move = copy.prepare('update checkpoints set directory = ? where training_key = ?');
    for (const { key } of keys) move.run(join(jobs, key), key);
    return keys.map(({ key }) => key);
  });
}

function using<T>(file: string, work: (database: Database.Database) => T): T {
  const database = new Database(file, { timeout: PATIENCE_MS });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
