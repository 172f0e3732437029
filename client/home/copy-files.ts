/** Lists and copies files of a home; copies are flushed to the disk and returned with their digests. */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyHashed } from '../../activities/shared/store.ts';

/** Relative paths of the plain files below a folder, sorted; links are not followed. Empty when the folder is missing. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const below = entries.map(async (entry) => {
    if (entry.isFile()) return [entry.name];
    if (!entry.isDirectory()) return [];
    return (await listFiles(join(folder, entry.name))).map((path) => join(entry.name, path));
  });
  return (await Promise.all(below)).flat().sort();
}

/** Returns digests by path. A file that disappears meanwhile (a temporary one that was renamed) is left out. */
export async function copyFiles(from: string, to: string, paths: readonly string[]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const path of paths) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    const digest = await copyHashed(join(from, path), join(to, path)).catch(ignoreGone);
    if (digest !== undefined) digests.set(path, digest);
  }
  return digests;
}

function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
