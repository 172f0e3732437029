import { statfs } from 'node:fs/promises';
import type { Home } from '../../infra/home/open-home.ts';

/** With less free space than this, somebody should be told before anything fails. */
const LITTLE_BYTES = 2 ** 30;
/** With less free space than this, a write of the server, the ledger or a training may fail at any moment. */
const LEAST_BYTES = 8 * 2 ** 20;

/** One line for a person when the home's disk is full, else undefined. On a full disk the server does not answer. */
export async function describeFullDisk({
  directory,
  state,
}: Pick<Home, 'directory' | 'state'>): Promise<string | undefined> {
  if ((await freeBytes(state)) >= LEAST_BYTES) return undefined;
  return `the disk of ${directory} is full: free some space, then the study continues by itself`;
}

/** One line for a person when the home's disk is nearly full, else undefined. */
export async function describeLittleSpace({
  directory,
  state,
}: Pick<Home, 'directory' | 'state'>): Promise<string | undefined> {
  const free = await freeBytes(state);
  if (free >= LITTLE_BYTES) return undefined;
  return `the disk of ${directory} has ${Math.floor(free / 2 ** 20)} MB left: free some space before it is full`;
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bfree, bsize } = await statfs(folder);
  // Some file systems keep a reserve for root.
  return (process.getuid?.() === 0 ? bfree : bavail) * bsize;
}
