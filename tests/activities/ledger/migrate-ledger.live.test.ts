import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { MIGRATIONS, type Migrations } from '../../../activities/ledger/migrations.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { UserError } from '../../../contracts/failures.ts';
import { makeScratch, PROJECT, startOwner } from '../../support/scratch.ts';
import { fault, replyOf, requestOf } from '../../support/test-home.ts';

type Rows = Record<string, unknown>[];

const scratch = makeScratch();
const current = join(scratch, 'current.db');

beforeAll(async () => {
  const ledger = new Ledger(await openLedger(current));
  await ledger.keep('key', requestOf(), replyOf('text'));
  await ledger.close();
});

let count = 0;
function makeFolder(): string {
  const folder = join(scratch, `ledger-${(count += 1)}`);
  mkdirSync(folder);
  return folder;
}

/** A ledger with rows in every table, as the twelve migrations before the baseline left it. */
function makeOld(change = ''): string {
  const file = join(makeFolder(), 'ledger.db');
  const database = new Database(file);
  database.exec(readFileSync(join(PROJECT, 'tests/activities/ledger/fixtures/before-baseline.sql'), 'utf8'));
  if (change) database.exec(change);
  database.pragma('journal_mode = WAL');
  database.close();
  return file;
}

function copyOfCurrent(): string {
  const file = join(makeFolder(), 'ledger.db');
  copyFileSync(current, file);
  return file;
}

function read<T>(file: string, work: (select: (statement: string) => Rows) => T): T {
  const database = new Database(file);
  try {
    return work((statement) => database.prepare(statement).all() as Rows);
  } finally {
    database.close();
  }
}

const listTables = (file: string): string[] =>
  read(file, (select) => select("select name from sqlite_master where type = 'table' order by name")).map(({ name }) =>
    String(name),
  );

const readRows = (file: string): Record<string, Rows> =>
  read(file, (select) =>
    Object.fromEntries(
      listTables(file)
        .filter((table) => !table.startsWith('kysely_'))
        .map((table) => [table, select(`select * from "${table}" order by 1, 2`)]),
    ),
  );

/** Columns in order with type, default and place in the key; indexes with their statement. */
const describeSchema = (file: string) =>
  read(file, (select) => ({
    tables: Object.fromEntries(listTables(file).map((table) => [table, select(`pragma table_info("${table}")`)])),
    indexes: select("select name, tbl_name, sql from sqlite_master where type = 'index' order by name"),
  }));

const listApplied = (file: string): unknown[] =>
  read(file, (select) => select('select name from kysely_migration order by name')).map(({ name }) => name);

async function openAndClose(file: string): Promise<void> {
  await (await openLedger(file)).destroy();
}

/** Digests of the files that hold data: of the database, and of its log where something is in it. */
function digestsOf(file: string): Record<string, string> {
  const present = [file, `${file}-wal`].filter((path) => existsSync(path) && statSync(path).size > 0);
  return Object.fromEntries(
    present.map((path) => [basename(path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

describe('a ledger from before the baseline', () => {
  it('is upgraded: no row changes, and its schema and migrations are those of a new ledger', async () => {
    const file = makeOld();
    const before = readRows(file);
    expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true);
    await openAndClose(file);
    // Later migrations add columns and tables.
    expect(readRows(file)).toMatchObject(before);
    expect(listApplied(file)).toEqual(Object.keys(MIGRATIONS));
    expect(describeSchema(file)).toEqual(describeSchema(current));
    // Opened again, it is a current one.
    const upgraded = digestsOf(file);
    await openAndClose(file);
    expect(digestsOf(file)).toEqual(upgraded);
  });

  it('is upgraded once when several processes come at once', async () => {
    const file = makeOld();
    const code = `import { openLedger } from '#project/activities/ledger/open-ledger.ts';
      await openLedger(${JSON.stringify(file)});
      console.log('opened');`;
    const processes = ['one', 'two', 'three'].map((name) => startOwner(scratch, name, code));
    for (const owner of processes) expect(await owner.line()).toBe('opened');
    await Promise.all(processes.map((owner) => owner.end()));
    expect(listApplied(file)).toEqual(Object.keys(MIGRATIONS));
  });

  it.each(['0001-first', '0007-reservations', '0011-sending-uptime'])(
    'that was written when %s was the last migration is refused and left unchanged',
    async (last) => {
      const file = makeOld(`delete from kysely_migration where name > '${last}'`);
      const before = digestsOf(file);
      const error = await fault(openLedger(file));
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toContain(`${file} was written by an early development version`);
      expect(error.message).toContain('0012-claims');
      expect((error as UserError).remedy).toContain('--home');
      expect(digestsOf(file)).toEqual(before);
    },
  );
});

describe('a ledger of the current schema', () => {
  it('is opened, read and closed while another connection writes, without a change to file or log', async () => {
    const file = copyOfCurrent();
    const writer = new Database(file);
    writer.pragma('journal_mode = WAL');
    // Something in the log that a checkpoint would move.
    writer.exec("insert into pauses values ('plan', 'now')");
    writer.exec('begin immediate');
    const before = digestsOf(file);
    expect(Object.keys(before)).toEqual(['ledger.db', 'ledger.db-wal']);
    const ledger = await openLedger(file);
    expect(await ledger.selectFrom('pauses').select('plan').execute()).toEqual([{ plan: 'plan' }]);
    await ledger.destroy();
    expect(digestsOf(file)).toEqual(before);
    writer.exec('rollback');
    writer.close();
  });

  it('is opened where this user may only read the file', async () => {
    const file = copyOfCurrent();
    const code = `import { chmodSync, chownSync } from 'node:fs';
      import { openLedger } from '#project/activities/ledger/open-ledger.ts';
      const file = ${JSON.stringify(file)};
      chmodSync(file, 0o444);
      chmodSync(${JSON.stringify(scratch)}, 0o755);
      // root may write everywhere: it has to become somebody else.
      if (process.getuid() === 0) {
        chownSync(${JSON.stringify(join(file, '..'))}, 65534, 65534);
        process.setuid(65534);
      }
      const ledger = await openLedger(file);
      const calls = await ledger.selectFrom('calls').select('key').execute();
      const refused = await ledger.deleteFrom('calls').execute().then(() => 'written', (error) => error.message);
      await ledger.destroy();
      console.log(JSON.stringify({ calls, refused }));`;
    const owner = startOwner(scratch, 'read-only', code);
    const { calls, refused } = JSON.parse(await owner.line()) as { calls: unknown; refused: string };
    await owner.end();
    expect(calls).toEqual([{ key: 'key' }]);
    expect(refused).toMatch(/readonly/);
    expect(digestsOf(file)).toEqual({ 'ledger.db': digestsOf(current)['current.db'] });
  });

  it('is migrated further though the time of day was set back since its last migration', async () => {
    const file = copyOfCurrent();
    const database = new Database(file);
    database.exec("update kysely_migration set timestamp = '2099-01-01T00:00:00.000Z'");
    database.close();
    const first: Migrations = {
      ...MIGRATIONS,
      '9998-column': {
        up: (db) =>
          db.schema
            .alterTable('calls')
            .addColumn('note', 'text', (column) => column.notNull().defaultTo('none'))
            .execute(),
      },
    };
    const second: Migrations = {
      ...first,
      '9999-table': { up: (db) => db.schema.createTable('notes').addColumn('note', 'text').execute() },
    };
    for (const migrations of [first, second]) await (await openLedger(file, { migrations })).destroy();
    expect(read(file, (select) => select('select key, note from calls'))).toEqual([{ key: 'key', note: 'none' }]);
    expect(listApplied(file)).toEqual(Object.keys(second));
    // To a version without these two, it is a newer one.
    expect((await fault(openLedger(file))).message).toContain('does not know: 9998-column, 9999-table');
  });

  it('of which a migration fails is left as it was', async () => {
    const file = copyOfCurrent();
    const before = describeSchema(file);
    const migrations: Migrations = {
      ...MIGRATIONS,
      '9998-table': { up: (db) => db.schema.createTable('notes').addColumn('note', 'text').execute() },
      '9999-fails': { up: () => Promise.reject(new Error('no such thing')) },
    };
    expect((await fault(openLedger(file, { migrations }))).message).toContain('cannot be opened: no such thing');
    expect(describeSchema(file)).toEqual(before);
    expect(listApplied(file)).toEqual(Object.keys(MIGRATIONS));
  });
});
