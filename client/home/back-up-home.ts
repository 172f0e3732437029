/** Copies a home, also while it is in use. The copy is a complete home of its own, and gets its own id when opened. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { writeOutput } from '../../activities/shared/store.ts';
import { UserError } from '../../contracts/failures.ts';
import { explainFileError } from '../../infra/home/explain-file-error.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { isStored, sha256File } from './check-home.ts';
import { copyFiles, listFiles } from './copy-files.ts';
import { copyLedger } from './copy-ledger.ts';

export interface Backup {
  readonly directory: string;
  readonly files: number;
  readonly checkpoints: number;
}

/** Lists the digest of every file, in the format of `sha256sum --check`. */
const MANIFEST = 'SHA256SUMS';

/** Makes the folder `target`, whole or not at all. Throws `UserError` when it exists already or a stored file is damaged. */
export async function backUpHome(home: Home, target: string): Promise<Backup> {
  if (!existsSync(home.ledger))
    throw new UserError(
      `The home ${home.directory} has no ledger: there is nothing to back up.`,
      'Name it with --home.',
    );
  await requireFree(target, home);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    const backup = await copyHome(home, temporary, target);
    await rename(temporary, target);
    return backup;
  } catch (error) {
    throw explainFileError(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function requireFree(target: string, { directory, runs, state }: Home): Promise<void> {
  const inside = [runs, state].find((folder) => !relative(folder, target).startsWith('..'));
  if (inside !== undefined || target === directory)
    throw new UserError(`${target} is a part of the home itself.`, 'Choose a folder outside it, best on another disk.');
  const names = await readdir(target).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? [] : [error.code],
  );
  if (names.length > 0)
    throw new UserError(
      `${target} exists already and is not an empty folder.`,
      'Name a folder that does not exist yet.',
    );
}

/** Copies the ledger first: every file that it names is on the disk by then; later files are not part of the copy. */
async function copyHome(home: Home, to: string, target: string): Promise<Backup> {
  const state = join(to, relative(home.directory, home.state));
  const at = (path: string) => join(to, relative(home.directory, path));
  await mkdir(state, { recursive: true });
  const keys = copyLedger({
    from: home.ledger,
    to: at(home.ledger),
    jobs: join(target, relative(home.directory, home.jobs)),
  });
  const digests = new Map([[relative(to, at(home.ledger)), await sha256File(at(home.ledger))]]);
  const copy = async (folder: string, paths: readonly string[]): Promise<void> => {
    for (const [path, digest] of await copyFiles(folder, at(folder), paths))
      digests.set(join(relative(home.directory, folder), path), digest);
  };
  await copy(home.store, (await listFiles(home.store)).filter(isStored));
  requireWhole(home, digests);
  for (const key of keys) await copy(join(home.jobs, key), (await listFiles(join(home.jobs, key))).filter(isMade));
  await copy(home.runs, await listFiles(home.runs));
  await writeOutput(join(to, MANIFEST), [...digests].map(([path, digest]) => `${digest}  ${path}\n`).join(''));
  return { directory: target, files: digests.size, checkpoints: keys.length };
}

/** Refuses to make a backup of damaged files: stored files are named after their SHA-256. */
function requireWhole({ directory }: Home, digests: ReadonlyMap<string, string>): void {
  for (const [path, digest] of digests)
    if (/^[0-9a-f]{64}$/.test(basename(path)) && basename(path) !== digest)
      throw new UserError(
        `${join(directory, path)} was truncated or changed after it was written.`,
        'Run `./etude doctor` to list all damage. Move the file away: Etude writes it again if it can.',
      );
}

/** The files of a finished training that a backup needs: model and records, not its log or intermediate checkpoints. */
const isMade = (path: string): boolean =>
  path.startsWith('model/') || (!path.includes('/') && !['log.txt', 'process', 'exit', 'cancelled'].includes(path));
