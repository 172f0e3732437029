/** A lock across processes: whoever creates the file has it. The claim of a dead process is taken over. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessId, thisProcess } from './processes.ts';

export async function withClaim<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(thisProcess()));
  try {
    // Links a finished file, so that no other process ever reads an empty claim.
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
  // If two processes find the same dead claim, the second rename fails, or moves a new live claim, which is put back.
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

/** The content of a claim; undefined when its owner released it meanwhile. */
const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** Whether the owner of a claim is alive. A claim that cannot be parsed was cut by a crash of the machine: its owner is dead. */
function isHeld(claim: string): boolean {
  try {
    return isAlive(JSON.parse(claim) as ProcessId);
  } catch {
    return false;
  }
}
