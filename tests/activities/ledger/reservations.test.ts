import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordIntent } from '../../../activities/ledger/batches.ts';
import { budgetOf } from '../../../activities/ledger/gates.ts';
import { isShort, noteRefused } from '../../../activities/ledger/holds.ts';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { releaseDead } from '../../../activities/ledger/release-dead.ts';
import { reserveFor, settleClaim } from '../../../activities/ledger/reservations.ts';
import { makeScratch } from '../../infra/scratch.ts';
import { replyOf, requestOf } from '../test-home.ts';

const scratch = makeScratch();
const MINUTE = 60_000;
let count = 0;
let ledger: Ledger;
beforeEach(async () => {
  ledger = new Ledger(await openLedger(join(scratch, `ledger-${(count += 1)}.db`)));
});
afterEach(() => ledger.close());

/** A sender that has reserved, and whose claim lasts so long. */
async function send(key: string, { owner = '1/a', milliseconds = MINUTE, wanted = 10, plan = 'plan' } = {}) {
  expect(await ledger.claim(key, owner, milliseconds)).toBe(true);
  expect(await reserveFor(ledger.tables, { key, owner }, plan, wanted, 1_000)).toBe(true);
  return { key, owner };
}
const budget = (plan = 'plan') => budgetOf(ledger.tables, plan);

describe('what a sender that has gone had reserved', () => {
  it('counts as paid as soon as its expired claim is taken over, and only once', async () => {
    const gone = await send('key', { milliseconds: -1 });
    await send('key', { owner: '2/b', wanted: 7 });
    expect(await budget()).toEqual({ spent: 10, reserved: 7 });
    // It was only slow: what it says now changes nothing.
    await settleClaim(ledger.tables, gone, 3);
    await ledger.release(gone.key, gone.owner, { abandoned: true });
    expect(await budget()).toEqual({ spent: 10, reserved: 7 });
  });

  it('counts as paid when its process has died, of its own study, and not what others have reserved', async () => {
    for (const [key, owner, plan] of [
      ['a', '1/a', 'plan'],
      ['b', '1/b', 'other'],
      ['c', '2/c', 'plan'],
    ] as const)
      await send(key, { owner, plan });
    await releaseDead(ledger.tables, (pid) => pid === 1);
    expect(await budget()).toEqual({ spent: 10, reserved: 10 });
    expect(await budget('other')).toEqual({ spent: 10, reserved: 0 });
    await ledger.releaseAll();
    expect(await budget()).toEqual({ spent: 20, reserved: 0 });
  });

  it('counts as paid when a batch takes its key, beside what the batch reserves', async () => {
    const request = requestOf();
    await send('key', { milliseconds: -1 });
    const requests = [{ key: 'key', request, reserved: 5 }];
    expect(await recordIntent(ledger.tables, { plan: 'plan', requests, cap: 1_000 })).toBe('recorded');
    expect(await budget()).toEqual({ spent: 10, reserved: 5 });
    // A sender that was slow before it sent is told that the key is no longer its own.
    expect(await ledger.renew('key', '1/a', MINUTE)).toBe(false);
  });
});

describe('a claim that is lost', () => {
  it('is not renewed, and reserves nothing', async () => {
    await ledger.claim('key', '1/a', -1);
    await ledger.claim('key', '2/b', MINUTE);
    expect(await ledger.renew('key', '1/a', MINUTE)).toBe(false);
    expect(await reserveFor(ledger.tables, { key: 'key', owner: '1/a' }, 'plan', 10, 1_000)).toBe(true);
    expect(await budget()).toEqual({ spent: 0, reserved: 0 });
  });
});

describe('a budget', () => {
  const step = fc.record({
    wanted: fc.integer({ min: 1, max: 60 }),
    paidShare: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom('kept', 'refused', 'unknown', 'unsent', 'died', 'expired' as const),
  });

  it('is never exceeded, and every order of ends leaves nothing reserved', async () => {
    const steps = fc.array(step, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 150 }), async (walk, cap) => {
        const plan = `p${(count += 1)}`;
        let paid = 0;
        for (const [at, { wanted, paidShare, end }] of walk.entries()) {
          const claim = { key: `${plan}-${at}`, owner: `${end === 'died' ? 1 : 2}/${at}` };
          await ledger.claim(claim.key, claim.owner, end === 'expired' ? -1 : MINUTE);
          if (!(await reserveFor(ledger.tables, claim, plan, wanted, cap))) continue;
          const cost = Math.floor(wanted * paidShare);
          await endAs(end, claim, cost);
          paid += { kept: cost, refused: 0, unknown: wanted, unsent: 0, died: wanted, expired: wanted }[end];
          const { spent, reserved } = await budget(plan);
          expect(spent + reserved).toBeLessThanOrEqual(cap);
        }
        await releaseDead(ledger.tables, (pid) => pid === 1);
        expect(await budget(plan)).toEqual({ spent: paid, reserved: 0 });
      }),
      { numRuns: 30 },
    );
  });

  async function endAs(end: string, { key, owner }: { key: string; owner: string }, cost: number): Promise<void> {
    if (end === 'kept') {
      await settleClaim(ledger.tables, { key, owner }, cost);
      await ledger.keep(key, requestOf(), replyOf('kept'));
    }
    if (end === 'refused' || end === 'unknown') await ledger.release(key, owner, { abandoned: end === 'unknown' });
    if (end === 'unsent') await ledger.unclaim(key, owner);
    if (end === 'expired') {
      expect(await ledger.claim(key, 'next', MINUTE)).toBe(true);
      await ledger.unclaim(key, 'next');
    }
  }

  it('is short of the largest request that it refused, whichever came last', async () => {
    await send('key', { wanted: 50 });
    await settleClaim(ledger.tables, { key: 'key', owner: '1/a' }, 50);
    await noteRefused(ledger.tables, 'plan', 60);
    await noteRefused(ledger.tables, 'plan', 20);
    expect(await isShort(ledger.tables, 'plan', 100)).toBe(true);
    expect(await isShort(ledger.tables, 'plan', 110)).toBe(false);
  });
});
