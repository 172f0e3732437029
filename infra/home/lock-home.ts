import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../contracts/failures.ts';
import { readBirth } from '../jobs/processes.ts';
import { tryLock, type ExclusiveLock } from '../processes/exclusive-lock.ts';
import { explainFileError } from './explain-file-error.ts';
import type { Home } from './open-home.ts';

interface Owner {
  pid: number;
  started: string;
  what: string;
  detached: boolean;
  /** When the process began, so that another one with its id is not taken for it. */
  birth?: string | undefined;
}

/** Longer than `isLocked` has the lock for its check, so that a check never makes an owner fail. */
const PATIENCE_MS = 500;

/**
 * Makes this process the home's only owner until it releases the lock or ends, however it ends. Throws `UserError` that
 * names the owner when another process has it. `detached`: it writes to a log that `etude attach` shows.
 */
export function lockHome(home: Home, what: string, detached = false): ExclusiveLock {
  const ownerFile = join(home.state, 'owner.json');
  try {
    const lock = tryLock(join(home.state, 'owner.db'), PATIENCE_MS);
    if (!lock) throw inUse(home, ownerFile);
    const owner: Owner = {
      pid: process.pid,
      started: new Date().toISOString(),
      what,
      detached,
      birth: readBirth(process.pid),
    };
    writeFileSync(ownerFile, `${JSON.stringify(owner)}\n`);
    return lock;
  } catch (error) {
    throw explainFileError(error, home.directory);
  }
}

/** Whether another process owns the home now. Never call it for a home that this process has locked: that drops the lock. */
export function isLocked(home: Home): boolean {
  try {
    const lock = tryLock(join(home.state, 'owner.db'));
    lock?.release();
    return lock === undefined;
  } catch {
    return true;
  }
}

function inUse(home: Home, ownerFile: string): UserError {
  const { what, pid, started } = readOwner(ownerFile);
  return new UserError(
    `The home ${home.directory} is in use by ${what} (process ${pid}, since ${started}).`,
    `Wait until it has ended, stop it with \`kill ${pid}\`, or use another folder with --home.`,
  );
}

/** Reads who owns the home, only for the message. The file may be missing for a moment after the lock was taken. */
function readOwner(file: string): { what: string; pid: string; started: string } {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as Owner;
    return { ...owner, pid: String(owner.pid) };
  } catch {
    return { what: 'another process', pid: 'unknown', started: 'just now' };
  }
}
