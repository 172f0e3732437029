/** Copies a ledger while other processes may be writing to it. */
import { join } from 'node:path';
import Database from 'libsql';

export interface CopyLedgerInput {
  readonly from: string;
  readonly to: string;
  /** The folder in which the copy's jobs will be: checkpoints in the copy point there. */
  readonly jobs: string;
}

const PATIENCE_MS = 30_000;

/** The copy shows the ledger at one moment. Returns the training keys whose checkpoints the copy refers to. */
export function copyLedger({ from, to, jobs }: CopyLedgerInput): string[] {
  using(from, (ledger) => ledger.prepare('vacuum into ?').run(to));
  return using(to, (copy) => {
    // The rows name servers of students that run in the original home; the copy must not send requests to them.
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
