import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { makeCorpusActivities } from '../../../activities/corpus/corpus.ts';
import { digestOf, trainingKeyOf } from '../../../activities/jobs/checkpoint-digests.ts';
import { setAsideCalls } from '../../../activities/ledger/arms/amendments.ts';
import { recordCheckpoint } from '../../../activities/ledger/arms/checkpoints.ts';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { composedWriter } from '../../../domain/requests/item-requests.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { composeIntoLedger } from '../../support/compose-into-ledger.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { fault, openContext } from '../../support/test-home.ts';

const scratch = makeScratch();
const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
const arms = ['1', '1,2', '2'].map((arm) => ({ ...tuned, arm }));

/** A ledger that counts the replies that are read from it. */
class CountingLedger extends Ledger {
  finds = 0;
  override async find(key: string) {
    const call = await super.find(key);
    if (call) this.finds += 1;
    return call;
  }
}

let homes = 0;
let context: ActivityContext & { readonly ledger: CountingLedger };
let stored: StoredPlan;

/** What a process of its own would have: nothing is cached for this ledger. */
async function openProcess(folder: string) {
  const opened = await openContext(folder);
  return { ...opened, ledger: new CountingLedger(opened.ledger.tables) };
}

beforeEach(async () => {
  const folder = join(scratch, `home-${(homes += 1)}`);
  mkdirSync(folder);
  context = await openProcess(folder);
  const trained = arms.map(({ arm }) => ({ id: arm, take: Object.fromEntries(arm.split(',').map((k) => [k, 'all'])) }));
  // Of this test alone: plans are cached by their hash.
  stored = await storePlan(context, smallStudy({ seed: homes, arms: [{ id: 'base', untrained: true }, ...trained] }));
});
afterEach(() => context.ledger.close());

const countAll = (composed: number) =>
  makeCorpusActivities(context).countKept({ plan: stored.hash, list: 0, composed });

describe('the composed texts of a study', () => {
  it('are read once in a process, however many callers want them at once', async () => {
    await composeIntoLedger({ ...context, ledger: new Ledger(context.ledger.tables) }, stored.plan);
    await Promise.all([...arms, ...arms].map((arm) => trainingKeyOf(context, stored.plan, arm)));
    const { finds } = context.ledger;
    const rows = await context.ledger.tables.selectFrom('calls').select('key').execute();
    expect(finds).toBeGreaterThan(0);
    expect(finds).toBeLessThanOrEqual(rows.length);
    await countAll(6);
    await analyseStudy(context, stored.plan, stored.hash);
    await Promise.all(arms.map((arm) => trainingKeyOf(context, stored.plan, arm)));
    expect(context.ledger.finds - finds).toBe(0);
  });

  it('are counted by reading what is new alone', async () => {
    const writer = { ...context, ledger: new Ledger(context.ledger.tables) };
    await composeIntoLedger(writer, stored.plan, { list: 0, to: 6 });
    const first = await countAll(6);
    expect((await fault(countAll(7))).message).toContain('some are not composed yet');
    const { finds } = context.ledger;
    await composeIntoLedger(writer, stored.plan, { list: 0, to: 7 });
    expect((await countAll(7)).kept).toBeGreaterThanOrEqual(first.kept);
    const ofOneText = context.ledger.finds - finds;
    await countAll(6);
    expect(context.ledger.finds - finds).toBe(ofOneText);
    expect(ofOneText).toBeLessThanOrEqual(3);
  });
});

describe('the training key of a tuned student', () => {
  const key = async () => String(await trainingKeyOf(context, stored.plan, tuned));

  it('is written down with its checkpoint: another process asks for it without reading the corpus', async () => {
    await composeIntoLedger(context, stored.plan);
    const derived = await key();
    await recordCheckpoint(context.ledger.tables, derived, { digest: 'd'.repeat(64), directory: '.', details: {} });
    expect(await digestOf(context, stored.plan, stored.hash, tuned)).toBe('d'.repeat(64));
    const later = { ...context, ledger: new CountingLedger(context.ledger.tables) };
    // Another plan object: what a process knows of its keys is cached by it.
    const plan = structuredClone(stored.plan);
    expect(await trainingKeyOf(later, plan, tuned)).toBe(derived);
    expect(later.ledger.finds).toBe(0);
  });

  it('is derived anew when a failed call of the corpus was set aside', async () => {
    const requests = [0, 1, 2, 3, 4, 5].map((index) =>
      composedWriter(stored.plan, { list: 0, index }).requestAfter([]),
    );
    for (const request of requests)
      await context.ledger.keep(requestKey(request), request, { end: 'failed', reason: 'status 422' });
    await composeIntoLedger(context, stored.plan);
    const before = await key();
    await recordCheckpoint(context.ledger.tables, before, { digest: 'e'.repeat(64), directory: '.', details: {} });
    await digestOf(context, stored.plan, stored.hash, tuned);
    expect(await setAsideCalls(context.ledger.tables, stored.hash, requests.map(requestKey))).toBe(6);
    await composeIntoLedger(context, stored.plan);
    expect(await key()).not.toBe(before);
  });
});
