import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import type { StoredCall } from '../../../contracts/calls.ts';
import { makeScratch, startOwner } from '../../support/scratch.ts';
import { replyOf, requestOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const MINUTE = 60_000;
let count = 0;
let file: string;
let ledger: Ledger;
beforeEach(async () => {
  file = join(scratch, `ledger-${(count += 1)}.db`);
  ledger = new Ledger(await openLedger(file));
});
afterEach(() => ledger.close());

/** `code` runs in a process of its own, with the same ledger; each line it prints is one answer. */
const inProcess = (name: string, code: string) =>
  startOwner(
    scratch,
    `${name}-${count}`,
    `import { openLedger } from '#project/activities/ledger/open-ledger.ts';
     import { Ledger } from '#project/activities/ledger/ledger.ts';
     const ledger = new Ledger(await openLedger(${JSON.stringify(file)}));
     ${code}`,
  );

describe('a claim', () => {
  it('goes to one of many who ask at once', async () => {
    const claims = await Promise.all(Array.from({ length: 64 }, (_, at) => ledger.claim('key', `owner-${at}`, MINUTE)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await ledger.sendTotals()).toEqual({ sent: 1, faults: 0, abandoned: 0 });
  });

  it('goes to one of two processes, for every key', async () => {
    const code = `process.once('SIGUSR2', async () => {
        const won = [];
        for (let key = 0; key < 300; key += 1) if (await ledger.claim(String(key), String(process.pid), 60_000)) won.push(key);
        console.log(JSON.stringify(won));
        process.exit(0);
      });
      setInterval(() => {}, 1000);
      console.log('ready');`;
    const processes = [inProcess('one', code), inProcess('two', code)];
    await Promise.all(processes.map((owner) => owner.line()));
    for (const owner of processes) owner.process.kill('SIGUSR2');
    const won = (await Promise.all(processes.map((owner) => owner.line()))).map((line) => JSON.parse(line) as number[]);
    expect(won.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, key) => key));
    expect((await ledger.sendTotals()).sent).toBe(300);
  });

  it('that was refused changes nothing, as the database counts it', () => {
    const database = new Database(':memory:');
    database.exec('create table t (key text primary key, owner text)');
    const claim = database.prepare(
      'insert into t values (?, ?) on conflict (key) do update set owner = excluded.owner where t.owner is null',
    );
    expect(claim.run(['a', 'x']).changes).toBe(1);
    expect(claim.run(['a', 'y']).changes).toBe(0);
    expect(claim.run(['b', 'y']).changes).toBe(1);
    expect(claim.run(['b', 'x']).changes).toBe(0);
    database.close();
  });

  it('that has expired is taken over, and its request counts as abandoned', async () => {
    expect(await ledger.claim('key', 'slow', -1)).toBe(true);
    expect(await ledger.claim('key', 'next', MINUTE)).toBe(true);
    expect(await ledger.claim('key', 'third', MINUTE)).toBe(false);
    expect(await ledger.sendTotals()).toEqual({ sent: 2, faults: 0, abandoned: 1 });
  });

  it('that was given back can be had again; only its owner can give it back', async () => {
    await ledger.claim('key', 'one', MINUTE);
    await ledger.release('key', 'other', { abandoned: false });
    expect(await ledger.claim('key', 'two', MINUTE)).toBe(false);
    await ledger.release('key', 'one', { abandoned: false });
    expect(await ledger.claim('key', 'two', MINUTE)).toBe(true);
    await ledger.release('key', 'two', { abandoned: true });
    expect(await ledger.sendTotals()).toEqual({ sent: 2, faults: 2, abandoned: 1 });
  });

  it('under which nothing was sent leaves no trace in the counts', async () => {
    await ledger.claim('key', 'one', MINUTE);
    await ledger.unclaim('key', 'one');
    expect(await ledger.sendTotals()).toEqual({ sent: 0, faults: 0, abandoned: 0 });
    expect(await ledger.claim('key', 'two', MINUTE)).toBe(true);
  });

  it('of a killed worker is freed by the owner of the home, and counts as abandoned', async () => {
    for (const key of ['a', 'b', 'kept']) await ledger.claim(key, 'killed', MINUTE);
    await ledger.keep('kept', requestOf(), replyOf('here'));
    expect(await ledger.releaseAll()).toBe(2);
    expect(await ledger.releaseAll()).toBe(0);
    expect(await ledger.claim('a', 'next', MINUTE)).toBe(true);
    expect((await ledger.sendTotals()).abandoned).toBe(2);
  });
});

describe('a kept reply', () => {
  it('comes back as it was', async () => {
    const replies: StoredCall[] = [
      replyOf('a "text" with ☃, and\nlines'),
      { ...replyOf('no'), end: 'refused' },
      { ...replyOf('cut'), end: 'truncated' },
      { end: 'failed', reason: 'rejected' },
    ];
    for (const [at, reply] of replies.entries()) {
      expect(await ledger.keep(String(at), requestOf(), reply)).toEqual(reply);
      expect(await ledger.find(String(at))).toEqual(reply);
    }
    expect(await ledger.find('unknown')).toBeUndefined();
  });

  it('keeps everything around characters that no database holds', async () => {
    const kept = await ledger.keep('key', requestOf(), replyOf('before \0 after \ud83d end'));
    expect(kept).toEqual(replyOf('before \uFFFD after \uFFFD end'));
    expect(await ledger.find('key')).toEqual(kept);
  });

  it('is the first writer’s; the others get it', async () => {
    const texts = Array.from({ length: 64 }, (_, at) => `reply ${at}`);
    const stored = await Promise.all(texts.map((text) => ledger.keep('key', requestOf(), replyOf(text))));
    expect(new Set(stored.map((call) => JSON.stringify(call))).size).toBe(1);
    expect(await ledger.find('key')).toEqual(stored[0]);
    expect(await ledger.tables.selectFrom('calls').select('key').execute()).toEqual([{ key: 'key' }]);
  });

  it('is seen by another process at once, and not overwritten by it', async () => {
    await ledger.keep('key', requestOf(), replyOf('first'));
    const other = inProcess(
      'late',
      `const reply = ${JSON.stringify(replyOf('second'))};
       console.log((await ledger.keep('key', ${JSON.stringify(requestOf())}, reply)).text);`,
    );
    expect(await other.line()).toBe('first');
    await other.end();
    expect(await ledger.find('key')).toEqual(replyOf('first'));
  });

  it('survives kill -9 in the middle of writes: every key that was told is there', async () => {
    const writer = inProcess(
      'writer',
      `const keep = async (lane) => {
         for (let at = 0; ; at += 1) {
           const key = lane + '-' + at;
           await ledger.claim(key, 'writer', 60_000);
           await ledger.keep(key, ${JSON.stringify(requestOf())}, { ...${JSON.stringify(replyOf(''))}, text: key.repeat(200) });
           console.log(key);
         }
       };
       await Promise.all(['a', 'b', 'c', 'd'].map(keep));`,
    );
    const told: string[] = [];
    while (told.length < 200) told.push(await writer.line());
    await writer.end();
    const again = new Ledger(await openLedger(file, { check: true }));
    for (const key of told) expect(await again.find(key)).toEqual({ ...replyOf(''), text: key.repeat(200) });
    await again.close();
  });

  it('is written in turn when many are kept at once, beside reads', async () => {
    const keys = Array.from({ length: 256 }, (_, at) => String(at));
    await Promise.all(
      keys.map(async (key) => {
        expect(await ledger.find(key)).toBeUndefined();
        expect(await ledger.claim(key, 'one', MINUTE)).toBe(true);
        expect(await ledger.keep(key, requestOf(), replyOf(key))).toEqual(replyOf(key));
      }),
    );
    expect(await ledger.releaseAll()).toBe(0);
  });
});
