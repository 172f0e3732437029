import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import Database from 'libsql';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { UserError } from '../../../contracts/failures.ts';
import { makeScratch, startOwner } from '../../support/scratch.ts';
import { fillDisk, mountSmallDisk } from '../../support/small-disk.ts';
import { fault, replyOf, requestOf } from '../../support/test-home.ts';

const PAGE = 4096;
const scratch = makeScratch();
const whole = join(scratch, 'whole.db');

beforeAll(async () => {
  const ledger = new Ledger(await openLedger(whole));
  for (let key = 0; key < 300; key += 1) await ledger.keep(String(key), requestOf(), replyOf('x'.repeat(500)));
  await ledger.close();
});

let count = 0;
function copyOfWhole(): string {
  const folder = join(scratch, `copy-${(count += 1)}`);
  mkdirSync(folder);
  copyFileSync(whole, join(folder, 'ledger.db'));
  return join(folder, 'ledger.db');
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** A user's mistake, told with a remedy, after which the file is the same. */
async function expectRefused(file: string, says: RegExp, options = { check: true }): Promise<UserError> {
  const before = digest(file);
  const error = await fault(openLedger(file, options));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(says);
  expect((error as UserError).remedy).not.toBe('');
  expect(digest(file)).toBe(before);
  return error as UserError;
}

function overwrite(file: string, at: number, length: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, at);
  closeSync(handle);
}

describe('opening a ledger', () => {
  it('waits for a lock, and so stops the event loop, much shorter than the 30 s of a heartbeat timeout', async () => {
    const ledger = await openLedger(copyOfWhole());
    const { rows } = await sql<{ timeout: number }>`pragma busy_timeout`.execute(ledger);
    expect(Number(rows[0]?.timeout)).toBeGreaterThanOrEqual(5_000);
    expect(Number(rows[0]?.timeout)).toBeLessThanOrEqual(10_000);
    await ledger.destroy();
  });

  it('takes a whole file, and does not write to it', async () => {
    const file = copyOfWhole();
    const before = digest(file);
    const ledger = new Ledger(await openLedger(file, { check: true }));
    expect(await ledger.tables.selectFrom('calls').select('key').execute()).toHaveLength(300);
    await ledger.close();
    expect(digest(file)).toBe(before);
  });

  it('makes what is not there, also when two processes come at once', async () => {
    const file = join(scratch, 'new.db');
    const code = `import { openLedger } from '#project/activities/ledger/open-ledger.ts';
      await openLedger(${JSON.stringify(file)});
      console.log('opened');`;
    const processes = ['first', 'second', 'third'].map((name) => startOwner(scratch, name, code));
    for (const owner of processes) expect(await owner.line()).toBe('opened');
    await Promise.all(processes.map((owner) => owner.end()));
  });

  it.each([0.1, 0.5, 0.9])('refuses a file with flipped bytes at %f of its length', async (share) => {
    const file = copyOfWhole();
    // From the head of a page on: what is unused inside a page may change without harm.
    overwrite(file, Math.floor((statSync(file).size * share) / PAGE) * PAGE, 3000);
    const error = await expectRefused(file, /damaged|malformed/);
    expect(error.remedy).toContain('backup');
  });

  it.each([0.3, 0.97])('refuses a file cut to %f of its length', async (share) => {
    const file = copyOfWhole();
    truncateSync(file, Math.floor(statSync(file).size * share));
    await expectRefused(file, /damaged|malformed|cannot be opened/);
  });

  it('refuses a file whose head is gone', async () => {
    const file = copyOfWhole();
    overwrite(file, 0, 100);
    await expectRefused(file, /cannot be opened: file is not a database/);
  });

  it('refuses a text, and another program’s database', async () => {
    const text = join(scratch, 'notes.db');
    writeFileSync(text, 'buy milk\n'.repeat(200));
    await expectRefused(text, /not a database/, { check: false });
    const foreign = join(scratch, 'foreign.db');
    const database = new Database(foreign);
    database.exec('create table customers (name text)');
    database.close();
    const error = await expectRefused(foreign, /another program/, { check: false });
    expect(error.remedy).toContain('--home');
    expect(existsSync(`${foreign}-wal`)).toBe(false);
  });

  it('refuses a newer schema', async () => {
    const file = copyOfWhole();
    const database = new Database(file);
    database.exec("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00Z')");
    database.close();
    const error = await expectRefused(file, /schema that this version does not know/, { check: false });
    expect(error.remedy).toContain('newer version');
  });

  it('refuses a folder and a path under a file', async () => {
    const folder = join(scratch, 'folder.db');
    mkdirSync(folder);
    const error = await fault(openLedger(folder));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(folder);
    expect(readdirSync(folder)).toEqual([]);
    expect(await fault(openLedger(join(whole, 'ledger.db')))).toBeInstanceOf(UserError);
  });

  it('refuses a folder that this user may not write', async () => {
    const folder = join(scratch, 'read-only');
    mkdirSync(folder);
    copyFileSync(whole, join(folder, 'ledger.db'));
    for (const path of ['', 'ledger.db']) chmodSync(join(folder, path), path ? 0o444 : 0o555);
    chmodSync(scratch, 0o755);
    const open = (file: string) =>
      `import { openLedger } from '#project/activities/ledger/open-ledger.ts';
       // root may write everywhere: it has to become somebody else.
       if (process.getuid() === 0) process.setuid(65534);
       const error = await openLedger(${JSON.stringify(file)}).then(() => undefined, (error) => error);
       console.log(JSON.stringify({ name: error?.name, message: error?.message, remedy: error?.remedy }));`;
    for (const name of ['ledger.db', 'new.db']) {
      const owner = startOwner(scratch, `open-${name}`, open(join(folder, name)));
      const error = JSON.parse(await owner.line()) as UserError;
      await owner.end();
      expect(error.name).toBe('UserError');
      expect(error.message).toContain(join(folder, name));
      expect(error.remedy).toContain('read-only');
    }
    expect(digest(join(folder, 'ledger.db'))).toBe(digest(whole));
  });

  const disk = mountSmallDisk(1_024);
  (disk ? it : it.skip)('on a full disk says so, and does not speak of versions', async () => {
    const free = fillDisk(disk as string);
    const error = await fault(openLedger(join(disk as string, 'ledger.db')));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/full|disk I\/O/);
    expect((error as UserError).remedy).toContain('disk is full');
    free();
    await (await openLedger(join(disk as string, 'ledger.db'))).destroy();
  });
});
