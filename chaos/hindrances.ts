/** Obstacles for a study that last some seconds: a pause, a locked ledger, a full disk. */
import { spawn } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../infra/setup/settings.mjs';
import { ledgerFile } from './ledger-view.ts';
import type { OwnerInput } from './owner.ts';
import type { Hindrance, PlannedHindrance } from './schedule.ts';
import { STUDY } from './study-file.ts';

const HOLD_LOCK = `
import Database from 'libsql';
const database = new Database(process.argv[1], { timeout: 10000 });
database.exec('begin immediate');
setTimeout(() => { database.exec('rollback'); database.close(); }, Number(process.argv[2]));`;

/** Resolves when the obstacle is gone again; false if it could not be made, for example as the study has ended. */
export async function hinder(
  { home, env }: Pick<OwnerInput, 'home' | 'env'>,
  { kind, seconds }: PlannedHindrance,
): Promise<boolean> {
  const acts: Record<Hindrance, () => Promise<boolean>> = {
    paused: () => pauseFor({ home, env }, seconds),
    locked: () => lockFor(home, seconds),
    full: () => fillFor(home, seconds),
  };
  return acts[kind]();
}

async function pauseFor({ home, env }: Pick<OwnerInput, 'home' | 'env'>, seconds: number): Promise<boolean> {
  const command = (verb: string) => etude([verb, STUDY, '--home', home], env);
  const paused = await command('pause');
  await sleep(seconds * 1000);
  // Repeated until it succeeds, because a study that stays paused would never end.
  while (paused && !(await command('resume'))) await sleep(500);
  return paused;
}

/** As a person would: a key that storms hit three times in a row holds its provider. */
export const letGo = ({ home, env }: Pick<OwnerInput, 'home' | 'env'>, provider: string): Promise<boolean> =>
  etude(['resume', STUDY, '--provider', provider, '--home', home], env);

/** Locks the ledger from another process, because this one reads the ledger and must not wait for its own lock. */
async function lockFor(home: string, seconds: number): Promise<boolean> {
  const milliseconds = String(Math.round(seconds * 1000));
  const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD_LOCK, ledgerFile(home), milliseconds], {
    cwd: ROOT,
    stdio: 'ignore',
  });
  const [code] = (await once(holder, 'close')) as [number | null];
  return code === 0;
}

/** Fills the disk of a home; false unless the home has a small disk of its own. */
async function fillFor(home: string, seconds: number): Promise<boolean> {
  const { bavail, bsize, blocks } = statfsSync(home);
  if (blocks * bsize > DISK_MEGABYTES * 2 ** 20) return false;
  const filler = join(home, 'filler');
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  } catch {
    // Other processes wrote meanwhile, so the disk was full a little earlier.
  }
  await sleep(seconds * 1000);
  rmSync(filler, { force: true });
  return true;
}

const DISK_MEGABYTES = 512;

/** Mounts a small disk on the folder, which can then be filled. False when this user may not mount. */
export function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const unmount = (folder: string): void => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' });

async function etude(args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'client/main.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}
