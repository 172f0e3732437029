import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Store, writeOutput } from '../../../activities/shared/store.ts';
import { UserError } from '../../../contracts/failures.ts';
import { sha256 } from '../../../domain/basics/hash.ts';
import { makeScratch, startOwner } from '../../support/scratch.ts';
import { fillDisk, mountSmallDisk } from '../../support/small-disk.ts';
import { fault } from '../../support/test-home.ts';

const scratch = makeScratch();
const folder = join(scratch, 'store');
mkdirSync(folder);
const store = new Store(folder);

/** Every file under `path`, hidden ones included. */
const filesIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe('the store', () => {
  it('keeps content under its hash, and gives back the same bytes', async () => {
    const contents = ['', 'text ☃\n', Buffer.from([0, 255, 1, 0]), 'x'.repeat(3_000_000)];
    for (const content of contents) {
      const hash = await store.put(content);
      expect(hash).toBe(sha256(content));
      expect((await store.get(hash)).equals(Buffer.from(content))).toBe(true);
    }
  });

  it('takes the same content from many at once, and leaves nothing beside it', async () => {
    const before = filesIn(folder).length;
    const hashes = await Promise.all(Array.from({ length: 40 }, () => store.put('the same')));
    expect(new Set(hashes)).toEqual(new Set([sha256('the same')]));
    expect(filesIn(folder).length).toBe(before + 1);
    expect((await store.get(sha256('the same'))).toString()).toBe('the same');
  });

  it('tells a file that was truncated or changed from a whole one', async () => {
    const hash = await store.put('whole and long enough');
    truncateSync(store.pathOf(hash), 5);
    const error = await fault(store.get(hash));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(store.pathOf(hash));
    writeFileSync(store.pathOf(hash), 'whole and long enougH');
    expect(await fault(store.get(hash))).toBeInstanceOf(UserError);
    rmSync(store.pathOf(hash));
    expect((await fault(store.get(hash))).message).toContain('is missing');
    await store.put('whole and long enough');
    expect((await store.get(hash)).toString()).toBe('whole and long enough');
  });

  it('has no way out of its folder', async () => {
    writeFileSync(join(scratch, 'secret'), 'secret');
    for (const address of ['../secret', '../../etc/passwd', `../${'a'.repeat(61)}`, 'A'.repeat(64), 'a'.repeat(63), ''])
      expect(await fault(store.get(address))).toBeInstanceOf(RangeError);
  });

  it('killed in the middle of writing leaves nothing that is taken for whole', async () => {
    const owner = startOwner(
      scratch,
      'writer',
      `import { Store } from '#project/activities/shared/store.ts';
       const store = new Store(${JSON.stringify(folder)});
       for (let at = 0; ; at += 1) console.log(await store.put(String(at).repeat(400_000)));`,
    );
    const told: string[] = [];
    while (told.length < 5) told.push(await owner.line());
    await owner.end();
    for (const hash of told) expect(sha256(await store.get(hash))).toBe(hash);
    for (const name of filesIn(folder).filter((file) => !file.startsWith('.')))
      expect(sha256(await store.get(name))).toBe(name);
  });

  it('says what a folder that cannot be written needs', async () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    expect(await fault(new Store(file).put('x'))).toBeInstanceOf(UserError);
    expect(await fault(writeOutput(join(file, 'results.json'), 'x'))).toBeInstanceOf(UserError);
    const closed = join(scratch, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    chmodSync(scratch, 0o755);
    const owner = startOwner(
      scratch,
      'stranger',
      `import { Store, writeOutput } from '#project/activities/shared/store.ts';
       if (process.getuid() === 0) process.setuid(65534);
       for (const work of [
         () => new Store(${JSON.stringify(closed)}).put('x'),
         () => writeOutput(${JSON.stringify(join(closed, 'results.json'))}, 'x'),
         () => writeOutput(${JSON.stringify(join(closed, 'new', 'results.json'))}, 'x'),
       ])
         await work().catch((error) => console.log(JSON.stringify({ name: error.name, remedy: error.remedy })));
       console.log('done');`,
    );
    for (let line = await owner.line(); line !== 'done'; line = await owner.line()) {
      const error = JSON.parse(line) as UserError;
      expect(error.name).toBe('UserError');
      expect(error.remedy).toContain('permissions');
    }
    expect(readdirSync(closed)).toEqual([]);
  });
});

const disk = mountSmallDisk(2_000);
const onDisk = disk ? it : it.skip;

describe('on a full disk', () => {
  const content = 'x'.repeat(300_000);

  onDisk('the store keeps nothing of what does not fit, and takes it when there is room', async () => {
    const small = new Store(join(disk as string, 'store'));
    const hash = await small.put('a file that was there before');
    const free = fillDisk(disk as string);
    const error = await fault(small.put(content));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('disk is full');
    expect(filesIn(join(disk as string, 'store'))).toEqual([hash]);
    free();
    expect((await small.get(await small.put(content))).toString()).toBe(content);
  });

  onDisk('an output stays as it was, whole', async () => {
    const output = join(disk as string, 'runs', 'results.json');
    await writeOutput(output, '{"old": true}\n');
    const free = fillDisk(disk as string);
    const error = await fault(writeOutput(output, content));
    expect(error).toBeInstanceOf(UserError);
    expect(readFileSync(output, 'utf8')).toBe('{"old": true}\n');
    expect(filesIn(join(disk as string, 'runs'))).toEqual(['results.json']);
    free();
    await writeOutput(output, content);
    expect(readFileSync(output, 'utf8')).toBe(content);
  });
});

describe('an output', () => {
  it('is never seen in part: readers find the old bytes or the new ones', async () => {
    const output = join(scratch, 'runs', 'report.html');
    const versions = ['a', 'b'].map((letter) => letter.repeat(2_000_000));
    await writeOutput(output, versions[0] as string);
    let writing = true;
    const writes = (async () => {
      for (let at = 0; at < 20; at += 1) await writeOutput(output, versions[at % 2] as string);
      writing = false;
    })();
    while (writing) {
      expect(versions).toContain(readFileSync(output, 'utf8'));
      await new Promise(setImmediate);
    }
    await writes;
    expect(existsSync(output)).toBe(true);
    expect(readdirSync(join(scratch, 'runs'))).toEqual(['report.html']);
  });
});
