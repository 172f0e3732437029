import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { findServer, leaseServer } from '../../../activities/ledger/arms/checkpoints.ts';
import { leaseBatch } from '../../../activities/ledger/batch-leases.ts';
import { collectRequests } from '../../../activities/ledger/batches/collect-requests.ts';
import { batchesOf, findOpenBatch, noteSending } from '../../../activities/ledger/batches/open-batches.ts';
import { keysInFlight } from '../../../activities/ledger/gates.ts';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { takePace } from '../../../activities/ledger/take-pace.ts';
import { elapsedSince, uptime } from '../../../activities/ledger/uptime.ts';
import { makeScratch, startOwner } from '../../support/scratch.ts';
import { requestOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
let count = 0;
let ledger: Ledger;
beforeEach(async () => {
  ledger = new Ledger(await openLedger(join(scratch, `ledger-${(count += 1)}.db`)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await ledger.close();
});

/** As when somebody, or the network, sets the time of day. */
function setTimeOfDay(by: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + by);
}

async function openBatch(): Promise<string> {
  const request = { key: 'in-batch', request: requestOf(), reserved: 0 };
  await collectRequests(ledger.tables, { plan: 'plan', phase: 'compose', requests: [request], cap: 1 });
  const [id] = (await batchesOf(ledger.tables, ['in-batch'])).ids;
  return id as string;
}

describe.each([
  ['forward', 2 * HOUR],
  ['back', -2 * HOUR],
])('a clock that is set %s', (_, by) => {
  it('ends no claim and no lease, and makes nobody wait for what is over', async () => {
    const db = ledger.tables;
    const batch = await openBatch();
    expect(await leaseBatch(db, batch, '1/a', MINUTE)).toBe(true);
    await leaseServer(db, 'served', 'http://here', 10 * MINUTE);
    await leaseServer(db, 'gone', 'http://there', -1);
    expect(await ledger.claim('held', '1/a', 10 * MINUTE)).toBe(true);
    expect(await ledger.claim('over', '1/a', -1)).toBe(true);
    setTimeOfDay(by);
    expect(await ledger.claim('held', '2/b', MINUTE)).toBe(false);
    expect(await ledger.claim('over', '2/b', MINUTE)).toBe(true);
    expect(await leaseBatch(db, batch, '2/b', MINUTE)).toBe(false);
    expect(await findServer(db, 'served')).toBe('http://here');
    expect(await findServer(db, 'gone')).toBeUndefined();
    expect(await keysInFlight(db)).toEqual(new Set(['held', 'over', batch]));
  });

  it('neither fills nor drains a bucket of tokens', async () => {
    expect(
      await takePace(ledger.tables, 'm', { tokensPerMinute: 1_000 }, { inputTokens: 100, outputTokens: 400 }),
    ).toBe(0);
    setTimeOfDay(by);
    const wait = await takePace(
      ledger.tables,
      'm',
      { tokensPerMinute: 1_000 },
      { inputTokens: 100, outputTokens: 400 },
    );
    // However slow this machine is, the bucket is not full of a sudden, nor empty for longer than a minute.
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(MINUTE);
  });

  it('does not change for how long a submission may still arrive', async () => {
    const batch = await openBatch();
    await noteSending(ledger.tables, batch);
    setTimeOfDay(by);
    const { sending } = (await findOpenBatch(ledger.tables, batch)) ?? {};
    expect(sending?.ago).toBeGreaterThanOrEqual(0);
    expect(sending?.ago).toBeLessThan(HOUR);
  });
});

describe('a machine that was started anew', () => {
  /** Written when it had run for longer than it does now. */
  const before = (): number => uptime() + 9 * DAY;

  it('holds no claim and no lease of before', async () => {
    const db = ledger.tables;
    const batch = await openBatch();
    await ledger.claim('held', '1/a', MINUTE);
    await leaseBatch(db, batch, '1/a', MINUTE);
    await leaseServer(db, 'served', 'http://here', MINUTE);
    for (const table of ['sends', 'servers', 'batches'] as const)
      await db.updateTable(table).set({ expires: before() }).execute();
    expect(await keysInFlight(db)).toEqual(new Set());
    expect(await findServer(db, 'served')).toBeUndefined();
    expect(await ledger.claim('held', '2/b', MINUTE)).toBe(true);
    expect(await leaseBatch(db, batch, '2/b', MINUTE)).toBe(true);
  });

  it('has full buckets of tokens', async () => {
    await takePace(ledger.tables, 'm', { tokensPerMinute: 1_000 }, { inputTokens: 100, outputTokens: 400 });
    await ledger.tables.updateTable('buckets').set({ at: before(), level: 0 }).execute();
    expect(
      await takePace(ledger.tables, 'm', { tokensPerMinute: 1_000 }, { inputTokens: 100, outputTokens: 400 }),
    ).toBe(0);
  });

  it('counts no more than has passed since, whenever it was started', () => {
    const stretch = fc.integer({ min: 0, max: 30 * DAY });
    fc.assert(
      fc.property(stretch, stretch, stretch, (then, later, since) => {
        // Without a new start: exactly. With one, after any time: never too much, and it goes on growing.
        expect(elapsedSince(then, then + later)).toBe(later);
        expect(elapsedSince(then, since)).toBeLessThanOrEqual(since);
        expect(elapsedSince(then, since)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the clock of leases', () => {
  it('is the same in all processes of a machine', async () => {
    const before = uptime();
    const other = startOwner(
      scratch,
      'other',
      `import { takePace } from '../../../activities/ledger/take-pace.ts';
import { uptime } from '#project/activities/ledger/uptime.ts';
       console.log(uptime());`,
    );
    const there = Number(await other.line());
    expect(there).toBeGreaterThanOrEqual(before);
    expect(there).toBeLessThanOrEqual(uptime());
    await other.end();
  });
});
