import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompiledQuery, type Kysely } from 'kysely';
import { collectRequests } from '../../../activities/ledger/batches/collect-requests.ts';
import { budgetOf, keysInFlight } from '../../../activities/ledger/gates.ts';
import { isShort, noteRefused } from '../../../activities/ledger/holds.ts';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { listPayments } from '../../../activities/ledger/payments.ts';
import { releaseDead } from '../../../activities/ledger/release-dead.ts';
import { reserveFor, type Claim } from '../../../activities/ledger/reservations.ts';
import type { LedgerTables } from '../../../activities/ledger/tables.ts';
import type { Account, Payment } from '../../../contracts/payments.ts';
import { tabulatePayments, UNPAID } from '../../../domain/money/payments.ts';
import { makeScratch } from '../../support/scratch.ts';
import { replyOf, requestOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const MINUTE = 60_000;
let count = 0;
let ledger: Ledger;
beforeEach(async () => {
  ledger = new Ledger(await openLedger(join(scratch, `ledger-${(count += 1)}.db`)));
});
afterEach(() => ledger.close());

const accountOf = (plan: string): Account => ({ plan, phase: 'compose', model: 'lab-openai/lab-teacher' });
const answered = (paid: number): Payment => ({ kind: 'reply', usage: { inputTokens: 3, outputTokens: 5 }, paid });
const keep = (claim: Claim, paid: number) =>
  ledger.keep(claim.key, requestOf(), replyOf('kept'), { claim, payment: answered(paid) });
const paidBy = async (plan = 'plan') => tabulatePayments(await listPayments(ledger.tables, plan));

/** A sender that has reserved, and whose claim lasts so long. */
async function send(key: string, { owner = '1/a', milliseconds = MINUTE, wanted = 10, plan = 'plan' } = {}) {
  expect(await ledger.claim(key, owner, milliseconds, accountOf(plan))).toBe(true);
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
    await ledger.release(gone.key, gone.owner, { abandoned: true });
    expect(await budget()).toEqual({ spent: 10, reserved: 7 });
    // A reply that comes late is kept; both requests may have been charged.
    await keep(gone, 3);
    expect(await budget()).toEqual({ spent: 17, reserved: 0 });
    expect(await paidBy()).toMatchObject([{ replies: { calls: 0 }, abandoned: { calls: 2, usd: 17e-9 } }]);
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
    expect(await collectRequests(ledger.tables, { plan: 'plan', phase: 'compose', requests, cap: 1_000 })).toBe(
      'collected',
    );
    expect(await budget()).toEqual({ spent: 10, reserved: 5 });
    expect(await paidBy()).toMatchObject([{ abandoned: { calls: 1, usd: 10e-9 }, usd: 10e-9 }]);
    // A sender that was slow before it sent is told that the key is no longer its own.
    expect(await ledger.renew('key', '1/a', MINUTE)).toBe(false);
  });
});

describe('a claim in time', () => {
  it('is extended only when it would end too early', async () => {
    await ledger.claim('key', '1/a', MINUTE);
    const expires = async () =>
      (await ledger.tables.selectFrom('sends').select('expires').executeTakeFirstOrThrow()).expires;
    const first = await expires();
    expect(await ledger.renew('key', '1/a', 3 * MINUTE, MINUTE / 2)).toBe(true);
    expect(await expires()).toBe(first);
    expect(await ledger.renew('key', '1/a', 3 * MINUTE, 2 * MINUTE)).toBe(true);
    expect(await expires()).toBeGreaterThan(first);
    expect(await ledger.renew('key', '2/b', 3 * MINUTE, MINUTE / 2)).toBe(false);
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
        const calls = { kept: 0, refused: 0, unknown: 0, unsent: 0, died: 0, expired: 0 };
        for (const [at, { wanted, paidShare, end }] of walk.entries()) {
          const claim = { key: `${plan}-${at}`, owner: `${end === 'died' ? 1 : 2}/${at}` };
          await ledger.claim(claim.key, claim.owner, end === 'expired' ? -1 : MINUTE, accountOf(plan));
          if (!(await reserveFor(ledger.tables, claim, plan, wanted, cap))) {
            await ledger.unclaim(claim.key, claim.owner);
            continue;
          }
          calls[end] += 1;
          const cost = Math.floor(wanted * paidShare);
          await endAs(end, claim, cost);
          paid += { kept: cost, refused: 0, unknown: wanted, unsent: 0, died: wanted, expired: wanted }[end];
          const { spent, reserved } = await budget(plan);
          expect(spent + reserved).toBeLessThanOrEqual(cap);
        }
        await releaseDead(ledger.tables, (pid) => pid === 1);
        expect(await budget(plan)).toEqual({ spent: paid, reserved: 0 });
        // The books say the same, and what became of each request.
        const [row] = await paidBy(plan);
        expect(Math.round((row?.usd ?? 0) * 1e9)).toBe(paid);
        expect([row?.replies.calls ?? 0, row?.errors ?? 0]).toEqual([calls.kept, calls.refused]);
        expect(row?.abandoned.calls ?? 0).toBe(calls.unknown + calls.died + calls.expired);
      }),
      { numRuns: 30 },
    );
  });

  async function endAs(end: string, { key, owner }: { key: string; owner: string }, cost: number): Promise<void> {
    if (end === 'kept') {
      await keep({ key, owner }, cost);
      // Told again, as by a retry whose first answer was lost.
      await keep({ key, owner }, cost);
    }
    if (end === 'refused' || end === 'unknown') await ledger.release(key, owner, { abandoned: end === 'unknown' });
    if (end === 'unsent') await ledger.unclaim(key, owner);
    if (end === 'expired') {
      expect(await ledger.claim(key, 'next', MINUTE)).toBe(true);
      await ledger.unclaim(key, 'next');
    }
  }

  it('books a rejected request as an answer that cost nothing', async () => {
    const claim = await send('key', { wanted: 50 });
    await ledger.keep('key', requestOf(), { end: 'failed', reason: 'too long' }, { claim, payment: UNPAID });
    expect(await budget()).toEqual({ spent: 0, reserved: 0 });
    expect(await paidBy()).toMatchObject([{ replies: { calls: 0 }, errors: 1, usd: 0 }]);
  });

  it('is short of the largest request that it refused, whichever came last', async () => {
    await keep(await send('key', { wanted: 50 }), 50);
    await noteRefused(ledger.tables, 'plan', 60);
    await noteRefused(ledger.tables, 'plan', 20);
    expect(await isShort(ledger.tables, 'plan', 100)).toBe(true);
    expect(await isShort(ledger.tables, 'plan', 110)).toBe(false);
  });
});

/** How the database goes about each statement of `work`. */
async function plansOf(work: (db: Kysely<LedgerTables>) => Promise<unknown>): Promise<string[]> {
  const { tables } = ledger;
  const statements: CompiledQuery[] = [];
  const listening = tables.withPlugin({
    transformQuery: ({ node, queryId }) => {
      statements.push(tables.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  await work(listening);
  const steps: string[] = [];
  for (const { sql, parameters } of statements) {
    const plan = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    for (const row of (await tables.executeQuery<{ detail: string }>(plan)).rows) steps.push(row.detail);
  }
  return steps;
}

describe('what is on its way', () => {
  it.each([
    ['while a pause waits for it', (db: Kysely<LedgerTables>) => keysInFlight(db)],
    ['when a worker has died', (db: Kysely<LedgerTables>) => releaseDead(db, () => true)],
    ['when a home is started', (db: Kysely<LedgerTables>) => new Ledger(db).releaseAll()],
  ])('is found without reading every key that was ever sent, %s', async (_, look) => {
    await send('key', { owner: '1/a' });
    const steps = await plansOf(look);
    expect(steps.filter((step) => /\bsends\b/.test(step)).length).toBeGreaterThan(0);
    expect(steps.filter((step) => /^SCAN sends(?!.* sends_claimed)/.test(step))).toEqual([]);
  });
});
