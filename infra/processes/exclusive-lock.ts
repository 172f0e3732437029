/**
 * A lock across processes of one machine: an open exclusive transaction of an SQLite file, which the kernel drops with
 * the process, however it ends. So nothing has to find out whether a holder is still alive. The file stays behind. It is
 * for local disks; nothing else may open it, as closing any descriptor of it would drop the lock.
 *
 * Two places cannot use it and have locks of their own: set-up, which runs before any package is installed
 * (infra/setup/with-lock.mjs), and the trainer, which is Python (`fcntl.flock`, dropped by the kernel too).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';

export interface ExclusiveLock {
  release(): void;
}

const POLL_MS = 20;

/** Kept reachable: a connection that is collected would drop its lock. */
const held = new Set<Database.Database>();

/** Undefined when another holds the lock for as long as this waits. Throws when the file cannot be used. */
export function tryLock(file: string, patienceMs = 0): ExclusiveLock | undefined {
  const database = new Database(file, { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) return undefined;
    throw error;
  }
  held.add(database);
  return { release: () => release(database) };
}

function release(database: Database.Database): void {
  if (!held.delete(database)) return;
  database.exec('ROLLBACK');
  database.close();
}

/** Runs `work` while nobody else has the lock; waits for it as long as it takes. */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const lock = tryLock(file);
    if (!lock) {
      await sleep(POLL_MS);
      continue;
    }
    try {
      return await work();
    } finally {
      lock.release();
    }
  }
}
