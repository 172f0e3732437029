import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 2_000;
const STALE_MS = 30_000;
/** Guards end the commands of a killed process within this time; the next holder waits for that. */
const ENDING_MS = 3_500;

/**
 * Runs `work` while no other process holds the lock file; calls `onWait` once if it must wait. The lock of a killed
 * process is taken over: a dead process id shows it, or, if another machine shares the folder, an old time on the file.
 * Not the lock of infra/processes/exclusive-lock.ts: set-up runs before any package is installed.
 */
export async function withLock(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  let taken = take(file);
  while (taken === 'not') {
    if (!told) onWait?.();
    told = true;
    await sleep(250);
    taken = take(file);
  }
  const beat = setInterval(() => touch(file), BEAT_MS);
  try {
    if (taken === 'from the dead') await sleep(ENDING_MS);
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(file, { force: true });
  }
}

function take(file) {
  if (create(file)) return 'free';
  if (!isStale(file)) return 'not';
  rmSync(file, { force: true });
  return create(file) ? 'from the dead' : 'not';
}

function create(file) {
  try {
    writeFileSync(file, `${process.pid} ${hostname()}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function isStale(file) {
  try {
    const [pid, host] = readFileSync(file, 'utf8').split(' ');
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    return false; // released meanwhile
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody deleted the lock file: the work continues without its protection.
  }
}
