import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { UserError } from '../../contracts/failures.ts';
import { explainFileError } from './explain-file-error.ts';
import type { Home } from './open-home.ts';

export interface HomeLock {
  release(): void;
}

interface Owner {
  pid: number;
  started: string;
  what: string;
}

/** Longer than `isLocked` has the lock for its check, so that a check never makes an owner fail. */
const PATIENCE_MS = 500;

/** Keeps the connections reachable, because a garbage-collected one would drop its lock. */
const held = new Set<Database.Database>();

/**
 * Makes this process the home's only owner until it releases the lock or ends, however it ends: the lock is an open
 * exclusive transaction, which the kernel drops with the process. Nothing else may open owner.db: closing any
 * descriptor of that file would drop the lock.
 */
export function lockHome(home: Home, what: string): HomeLock {
  const ownerFile = join(home.state, 'owner.json');
  try {
    const database = openExclusively(join(home.state, 'owner.db'), PATIENCE_MS);
    held.add(database);
    const owner: Owner = { pid: process.pid, started: new Date().toISOString(), what };
    writeFileSync(ownerFile, `${JSON.stringify(owner)}\n`);
    return { release: () => release(database) };
  } catch (error) {
    throw explain(error, home, ownerFile);
  }
}

/** Whether another process owns the home now. Never call it for a home that this process has locked: that drops the lock. */
export function isLocked(home: Home): boolean {
  try {
    openExclusively(join(home.state, 'owner.db'), 0).close();
    return false;
  } catch {
    return true;
  }
}

function openExclusively(file: string, timeout: number): Database.Database {
  const database = new Database(file, { timeout });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function release(database: Database.Database): void {
  if (!held.delete(database)) return;
  database.exec('ROLLBACK');
  database.close();
}

function explain(error: unknown, home: Home, ownerFile: string): unknown {
  if (!/locked|busy/i.test(String(error))) return explainFileError(error, home.directory);
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
