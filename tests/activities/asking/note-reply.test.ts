import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { largestUsage } from '../../../activities/asking/admit-call.ts';
import { noteReply } from '../../../activities/asking/note-reply.ts';
import { findOverrun, listNotices } from '../../../activities/ledger/faults.ts';
import { listHolds } from '../../../activities/ledger/holds.ts';
import { hashOfPlan, type ActivityContext } from '../../../activities/shared/activity-context.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { openContext, replyOf, requestOf } from '../../support/test-home.ts';

const scratch = makeScratch();
let homes = 0;
let context: ActivityContext;
let stored: StoredPlan;
beforeEach(async () => {
  const folder = join(scratch, `home-${(homes += 1)}`);
  mkdirSync(folder);
  context = await openContext(folder);
  stored = await storePlan(context, smallStudy({ prices: { 'lab-openai/lab-teacher': { input: 1, output: 1 } } }));
});
afterEach(() => context.ledger.close());

const request = requestOf();
const reply = (outputTokens: number, reasoningTokens = 0) =>
  noteReply(context, stored.plan, request, {
    ...replyOf('text'),
    usage: { inputTokens: 1, outputTokens, reasoningTokens },
  });
const reserved = async () => largestUsage(request, await findOverrun(context.ledger.tables, request)).outputTokens;

it('a reply within its limit changes nothing', async () => {
  await reply(400);
  expect(await reserved()).toBe(400);
});

it('a server that writes beyond the limit is held, and more is reserved for each request', async () => {
  await reply(1_000);
  expect(await reserved()).toBe(2_000);
  expect(await listHolds(context.ledger.tables, hashOfPlan(stored.plan))).toHaveLength(1);
});

it('thoughts outside of the limit are told, and hold nothing', async () => {
  await reply(1_000, 900);
  expect(await reserved()).toBe(2_000);
  expect(await listHolds(context.ledger.tables, hashOfPlan(stored.plan))).toEqual([]);
  expect(await listNotices(context.ledger.tables, hashOfPlan(stored.plan))).toHaveLength(1);
});

it('a count that no model writes is not reserved, and comes down to the limit with good replies', async () => {
  await reply(50_000_000);
  expect(await reserved()).toBe(2 ** 18);
  let last = await reserved();
  for (let replies = 0; last > 400; replies += 1) {
    expect(replies).toBeLessThan(1_000);
    await reply(100);
    const now = await reserved();
    expect(now).toBeLessThan(last);
    last = now;
  }
  expect(await findOverrun(context.ledger.tables, request)).toBe(0);
});
