/** A critical section across processes, for as long as a file exists. The claim of a dead process is taken over. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessId, thisProcess } from './processes.ts';

export async function withClaim<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(thisProcess()));
  try {
    // A link appears with its content: no other process ever reads an empty claim.
    while (!(await tryLink(mine, path))) {
      await removeDeadClaim(path);
      await sleep(20);
    }
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeDeadClaim(path: string): Promise<void> {
  const claim = await readText(path);
  if (claim === undefined || isHeld(claim)) return;
  // Two that find the same dead claim: the rename of one fails, or moves a live claim, which is put back.
  const aside = `${path}.dead.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readText(aside);
  if (moved !== undefined && isHeld(moved)) await tryLink(aside, path);
  await rm(aside, { force: true });
}

/** Undefined: it was given back meanwhile. */
const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** A claim appears whole: one that cannot be read was cut by the end of the machine, and so of its holder. */
function isHeld(claim: string): boolean {
  try {
    return isAlive(JSON.parse(claim) as ProcessId);
  } catch {
    return false;
  }
}
