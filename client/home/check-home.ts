/**
 * Checks a home for damage: its ledger by SQLite's own check, stored files by their names (which are their SHA-256), and
 * checkpoints by the digests that the trainer recorded.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { UserError } from '../../contracts/failures.ts';
import { trainingResultSchema } from '../../contracts/training.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { listFiles } from './copy-files.ts';

export interface CheckedHome {
  readonly files: number;
  /** One sentence for each file that is damaged or missing. */
  readonly damaged: readonly string[];
}

/** Reads every byte of the home's ledger, store and checkpoints, and changes nothing. */
export async function checkHome(home: Home): Promise<CheckedHome> {
  const stored = (await listFiles(home.store)).filter(isStored).map((path) => join(home.store, path));
  const expected = new Map(stored.map((path) => [path, basename(path)]));
  const damaged: string[] = [];
  try {
    for (const [path, digest] of await listCheckpointFiles(home)) expected.set(path, digest);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    damaged.push(error.message);
  }
  for (const [path, digest] of expected) {
    const found = await sha256File(path).catch((error: NodeJS.ErrnoException) => error.code);
    if (found === 'ENOENT') damaged.push(`${path} is missing.`);
    else if (found !== digest) damaged.push(`${path} was truncated or changed after it was written.`);
  }
  return { files: expected.size, damaged };
}

/** Whether a path of the store is a finished file, named after its digest, rather than a temporary one. */
export const isStored = (path: string): boolean => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path);

/** The files of every recorded model, each with the digest that the trainer recorded. */
async function listCheckpointFiles(home: Home): Promise<[path: string, digest: string][]> {
  if (!existsSync(home.ledger)) return [];
  const ledger = new Ledger(await openLedger(home.ledger, { check: true }));
  try {
    const rows = await ledger.tables.selectFrom('checkpoints').select(['training_key', 'details']).execute();
    return rows.flatMap(({ training_key: key, details }) => {
      const { files } = trainingResultSchema.parse(JSON.parse(details));
      return Object.entries(files).map(
        ([name, digest]) => [join(home.jobs, key, 'model', name), digest] as [string, string],
      );
    });
  } finally {
    await ledger.close();
  }
}

export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
