import { statfs } from 'node:fs/promises';
import type { Home } from '../../infra/home/open-home.ts';

/** With less, a write of the server, the ledger or a training may fail at any moment. */
const LEAST_BYTES = 8 * 2 ** 20;

/** What a person must do about a home's disk, if it is full: the server then answers nothing, and work waits. */
export async function describeFullDisk({
  directory,
  state,
}: Pick<Home, 'directory' | 'state'>): Promise<string | undefined> {
  const { bavail, bfree, bsize } = await statfs(state);
  // Some file systems keep a reserve for root.
  const free = process.getuid?.() === 0 ? bfree : bavail;
  if (free * bsize >= LEAST_BYTES) return undefined;
  return `the disk of ${directory} is full: free some space; the study goes on by itself then`;
}
