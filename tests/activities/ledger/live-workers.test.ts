import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { removeWorker, renewWorker } from '../../../activities/ledger/live-workers.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { releaseDead } from '../../../activities/ledger/release-dead.ts';
import { makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();
let count = 0;
let tables: Awaited<ReturnType<typeof openLedger>>;
let now = 1_000_000;
beforeEach(async () => {
  jest.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(now) * 1_000_000n);
  tables = await openLedger(join(scratch, `ledger-${(count += 1)}.db`));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await tables.destroy();
});

const renew = (owner: string) => renewWorker(tables, owner);

it('one worker has everything at once', async () => {
  expect(await renew('1/a')).toEqual({ place: 0, of: 1, joining: false });
});

it('a second one is counted at once, and has a part once the first has had time to see it', async () => {
  await renew('1/a');
  now += 10;
  expect(await renew('2/b')).toEqual({ place: 1, of: 2, joining: true });
  expect(await renew('1/a')).toMatchObject({ place: 0, of: 2 });
  now += 4_000;
  expect(await renew('2/b')).toEqual({ place: 1, of: 2, joining: false });
  expect(await renew('1/a')).toEqual({ place: 0, of: 2, joining: false });
});

it.each([
  ['ends', () => removeWorker(tables, '1/a')],
  ['is found dead', () => releaseDead(tables, (pid) => pid === 1)],
  ['says nothing any more', async () => void (now += 60_000)],
  ['was alive before the machine was started again', async () => void (now = 500)],
])('what one had is the part of the others once it %s', async (_, end) => {
  await renew('1/a');
  now += 10;
  await renew('2/b');
  await end();
  expect(await renew('2/b')).toMatchObject({ place: 0, of: 1, joining: false });
});
