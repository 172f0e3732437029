import { statfs } from 'node:fs/promises';
import type { Home } from '../../infra/home/open-home.ts';

/** With less free space than this, a write of the server, the ledger or a training may fail at any moment. */
const LEAST_BYTES = 8 * 2 ** 20;

/** One line for a person when the home's disk is full, else undefined. On a full disk the server does not answer. */
export async function describeFullDisk({
  directory,
  state,
}: Pick<Home, 'directory' | 'state'>): Promise<string | undefined> {
  const { bavail, bfree, bsize } = await statfs(state);
  // Some file systems keep a reserve for root.
  const free = process.getuid?.() === 0 ? bfree : bavail;
  if (free * bsize >= LEAST_BYTES) return undefined;
  return `the disk of ${directory} is full: free some space, then the study continues by itself`;
}
