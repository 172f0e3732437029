import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/activity';
import { makeBatchActivities } from '../../../activities/batches/batch-activities.ts';
import { callModel } from '../../../activities/calls/call-model.ts';
import { makeTextActivities } from '../../../activities/calls/texts.ts';
import { listOpenBatches } from '../../../activities/ledger/batches/open-batches.ts';
import { budgetOf, isPaused, pauseStudy, resumeStudy } from '../../../activities/ledger/gates.ts';
import { liftHold } from '../../../activities/ledger/holds.ts';
import { Ledger, type KeptReply } from '../../../activities/ledger/ledger.ts';
import { listPayments } from '../../../activities/ledger/payments.ts';
import { loadPlan } from '../../../activities/shared/activity-context.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { tabulatePayments } from '../../../domain/money/payments.ts';
import { composedWriter } from '../../../domain/requests/item-requests.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import {
  batchStudy,
  cancellable,
  LabLog,
  limit,
  openShard,
  PRICES,
  repliesOf,
  untilHome,
  type Shard,
} from '../../support/batch-bench.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy } from '../../support/small-study.ts';
import { asActivity, fault, untilDone, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const log = new LabLog(scratch);
let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ requestLog: log.file });
});
afterAll(() => lab.close());

let seed = 100;
let home: string;
const opened: Shard[] = [];
beforeEach(() => {
  lab.setFaults({});
  home = join(scratch, String((seed += 1)));
  mkdirSync(home);
});
afterEach(async () => {
  for (const { context } of opened.splice(0)) await context.ledger.close();
});

async function open(given: Partial<Parameters<typeof openShard>[2]> = {}, study = batchStudy(seed)): Promise<Shard> {
  const shard = await openShard(home, study, { lab: urlsOf(lab), ...given });
  opened.push(shard);
  return shard;
}

/** Every text is home, each of its keys answered once, and nothing is left open. */
async function expectHome({ context, hash, texts }: Shard, { abandoned = 0 } = {}): Promise<void> {
  const replies = await repliesOf(context);
  expect(replies.size).toBeGreaterThanOrEqual(texts.to - texts.from);
  const answers = log.answers();
  for (const key of replies.keys()) expect([key, answers.get(key)]).toEqual([key, 1]);
  expect(await listOpenBatches(context.ledger.tables, hash)).toEqual([]);
  expect((await context.ledger.sendTotals()).abandoned).toBe(abandoned);
  expect((await budgetOf(context.ledger.tables, hash)).reserved).toBe(0);
}

/** What the replies in the ledger cost, in nano-dollars. */
async function paidFor({ context }: Shard): Promise<number> {
  const replies = await context.ledger.tables.selectFrom('calls').selectAll().execute();
  return 500_000 * replies.reduce((sum, row) => sum + Number(row.input_tokens) + Number(row.output_tokens), 0);
}

type CancelReason = NonNullable<Parameters<ReturnType<typeof cancellable>['cancel']>[0]>;

/** A study whose batch the provider has and takes hours over; its worker has gone. */
async function withOpenBatch(
  given: Parameters<typeof open>[0],
  reason: CancelReason = 'WORKER_SHUTDOWN',
): Promise<Shard> {
  lab.setFaults({ batches: { delaySeconds: [3_600, 3_600] } });
  const shard = await open(given);
  const running = cancellable(shard.write);
  while (!(await batchesIn(shard)).some(({ submitted }) => submitted !== null))
    await new Promise((resolve) => setTimeout(resolve, 5));
  running.cancel(reason);
  await fault(running.ended);
  return shard;
}

const loseBatch = async ({ context }: Shard, id = ''): Promise<void> => {
  await context.ledger.tables.updateTable('batches').set({ submitted: 'batch_9' }).where('id', '=', id).execute();
};

const batchesIn = async ({ context }: Shard) => context.ledger.tables.selectFrom('batches').selectAll().execute();

describe('texts and gradings by batch', () => {
  it('are those of single calls, re-asked gradings included, for the share that the price names', async () => {
    lab.setFaults({ seed: 7, content: { refused: 0.1, truncated: 0.1, malformed: 0.4 } });
    const byBatch = await open({ texts: 6 });
    await untilHome(byBatch.write);
    await untilHome(byBatch.grade);
    await expectHome(byBatch);
    expect(log.singles()).toBe(0);
    home = `${home}-single`;
    mkdirSync(home);
    const singly = await open({ texts: 6 }, smallStudy({ seed, prices: PRICES }));
    const { writeText, gradeText } = makeTextActivities(singly.context);
    for (let index = 0; index < 6; index += 1) {
      const ref = { ...singly.texts, index };
      if ((await untilDone(() => writeText({ ref }))) === 'generated')
        await untilDone(() => gradeText({ ref, grader: 'keep', round: 0 }));
    }
    expect(await repliesOf(byBatch.context)).toEqual(await repliesOf(singly.context));
    const [half, whole] = await Promise.all(
      [byBatch, singly].map(async ({ context, hash }) => (await budgetOf(context.ledger.tables, hash)).spent),
    );
    expect(half).toBeGreaterThan(0);
    expect(half).toBe((whole ?? 0) / 2);
    // A turn, then gradings, then those that could not be read: each a batch with only what lacks.
    const sizes = (await batchesIn(byBatch)).map(({ items }) => Number(items));
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...sizes)).toBeLessThan(6);
  });

  it('come home in rounds when items fail and expire, and lines are damaged', async () => {
    lab.setFaults({ seed: 3, batches: { delaySeconds: [0, 0.3], fail: 0.3, expire: 0.3, garbled: 0.2 } });
    const shard = await open({ texts: 12 });
    await untilHome(shard.write);
    await expectHome(shard);
    expect((await batchesIn(shard)).length).toBeGreaterThan(1);
    expect((await shard.context.ledger.sendTotals()).faults).toBeGreaterThan(0);
  });

  it('count as paid where their lines cannot be read', async () => {
    lab.setFaults({ seed: 5, batches: { garbled: 0.55 } });
    const shard = await open({ texts: 12 });
    // As a person would, who has seen that lines are damaged.
    await untilHome(shard.write, () => liftHold(shard.context.ledger.tables, shard.hash, 'lab-openai'));
    const { spent } = await budgetOf(shard.context.ledger.tables, shard.hash);
    expect(spent).toBeGreaterThan(await paidFor(shard));
    const [row, ...others] = tabulatePayments(await listPayments(shard.context.ledger.tables, shard.hash));
    expect(others).toEqual([]);
    expect(row).toMatchObject({ phase: 'compose', model: 'lab-openai/lab-teacher' });
    expect(row?.replies).toEqual({ calls: (await repliesOf(shard.context)).size, usd: (await paidFor(shard)) / 1e9 });
    expect(row?.abandoned.calls).toBeGreaterThan(0);
    expect((await shard.context.ledger.sendTotals()).abandoned).toBe(row?.abandoned.calls);
    expect(row?.usd).toBeCloseTo(spent / 1e9, 9);
  });
});

describe('after a crash', () => {
  it('between intent and submission, the same intent is submitted once', async () => {
    const before = log.submissions();
    const cutOff = await open({ lab: { openai: undefined, anthropic: undefined } });
    await fault(asActivity(cutOff.write));
    const [intent] = await batchesIn(cutOff);
    expect(intent).toMatchObject({ submitted: null, sending: null, state: 'open' });
    const shard = await open();
    await untilHome(shard.write);
    await expectHome(shard);
    expect((await batchesIn(shard)).map(({ id }) => id)).toContain(intent?.id);
    expect(log.submissions() - before).toBe((await batchesIn(shard)).length);
  });

  it.each(['keep', 1] as const)(
    'between submission and its answer, the batch of grader %s is found again, never submitted twice',
    async (grader) => {
      const shard = await open({}, batchStudy(seed, { keepGrader: batchStudy(0).graders[grader === 1 ? 1 : 0] }));
      await untilHome(shard.write);
      const before = log.submissions();
      lab.setFaults({ batches: { submitCut: 1 } });
      const running = cancellable(shard.grade);
      while (log.submissions() === before) await new Promise((resolve) => setTimeout(resolve, 5));
      running.cancel('WORKER_SHUTDOWN');
      await fault(running.ended);
      const submitted = (await batchesIn(shard)).filter(({ state }) => state === 'open');
      expect(submitted).toMatchObject([{ submitted: null, sending: expect.any(Number) }]);
      lab.setFaults({});
      await untilHome(shard.grade);
      await expectHome(shard);
      expect(log.submissions() - before).toBe(1);
    },
  );

  it('in the middle of the results, they are read again and paid once', async () => {
    const shard = await open({ texts: 6 });
    const torn = new TornLedger(shard.context.ledger.tables);
    const { writeBatch } = makeBatchActivities({ ...shard.context, ledger: torn });
    await expect(asActivity(() => writeBatch({ texts: shard.texts }))).rejects.toThrow('no power');
    expect((await repliesOf(shard.context)).size).toBe(3);
    await untilHome(shard.write);
    await expectHome(shard);
    expect((await budgetOf(shard.context.ledger.tables, shard.hash)).spent).toBe(await paidFor(shard));
  });
});

/** Loses its power when half of the results are kept. */
class TornLedger extends Ledger {
  override async keepAll(replies: readonly KeptReply[]): Promise<void> {
    await super.keepAll(replies.slice(0, replies.length / 2));
    throw new Error('no power');
  }
}

describe('a request that is wanted twice', () => {
  it('by two studies goes into one batch, which outlives the study that submitted it', async () => {
    lab.setFaults({ batches: { delaySeconds: [2, 2] } });
    const first = await open();
    const other = await open({ texts: 6 }, batchStudy(seed, { name: 'other' }));
    const running = cancellable(first.write);
    while (!(await batchesIn(first)).some(({ submitted }) => submitted !== null))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const second = untilHome(other.write);
    running.cancel('WORKER_SHUTDOWN');
    await fault(running.ended);
    await second;
    await expectHome(other);
    await untilHome(first.write);
  });

  it('by a single call waits for the batch that it is in', async () => {
    lab.setFaults({ batches: { delaySeconds: [3, 3] } });
    const shard = await open();
    const written = untilHome(shard.write);
    while ((await batchesIn(shard)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const plan = await loadPlan(shard.context, shard.hash);
    const request = composedWriter(plan, { list: 1, index: 0 }).requestAfter([]);
    const single = () => callModel(shard.context, plan, request, 'compose');
    expect(await fault(asActivity(single))).toMatchObject({ type: FAILURES.batched, nonRetryable: false });
    await written;
    expect(await asActivity(single)).toMatchObject({ end: expect.any(String) });
    await expectHome(shard);
    expect(log.singles()).toBe(singlesBefore);
  });
});

let singlesBefore = 0;
beforeEach(() => {
  singlesBefore = log.singles();
});

describe('gates', () => {
  it('nothing is submitted after a pause; what is in flight is collected', async () => {
    const shard = await open();
    const { tables } = shard.context.ledger;
    await pauseStudy(tables, shard.hash);
    const before = log.submissions();
    expect(await fault(asActivity(shard.write))).toMatchObject({ type: FAILURES.paused });
    expect([log.submissions(), await batchesIn(shard)]).toEqual([before, []]);
    await resumeStudy(tables, shard.hash);
    lab.setFaults({ batches: { delaySeconds: [0.3, 0.4] } });
    const written = asActivity(shard.write).catch((error: unknown) => error as ApplicationFailure);
    while (!(await batchesIn(shard)).some(({ submitted }) => submitted !== null))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await pauseStudy(tables, shard.hash);
    const end = await written;
    expect(await isPaused(tables, shard.hash)).toBe(true);
    expect(end === undefined || (end as ApplicationFailure).type === FAILURES.paused).toBe(true);
    await expectHome(shard);
    expect(log.submissions()).toBe(before + 1);
  });

  it('a batch is reserved whole under the cap, which counts what was paid', async () => {
    const shard = await open({ usd: 0.001 });
    const before = log.submissions();
    expect(await fault(asActivity(shard.write))).toMatchObject({ type: FAILURES.budget, nonRetryable: false });
    expect([log.submissions(), await batchesIn(shard)]).toEqual([before, []]);
    expect(await budgetOf(shard.context.ledger.tables, shard.hash)).toEqual({ spent: 0, reserved: 0 });
    await limit(shard.context, shard.hash, 100);
    await untilHome(shard.write);
    await expectHome(shard);
  });
});

describe('a batch that the provider no longer knows', () => {
  it('waits for a person, and is given up as paid when they cancel the study', async () => {
    const shard = await withOpenBatch({ texts: 6 });
    const { tables } = shard.context.ledger;
    await loseBatch(shard, (await batchesIn(shard))[0]?.id);
    expect(await fault(asActivity(shard.write))).toMatchObject({
      type: FAILURES.held,
      message: expect.stringContaining('./etude cancel'),
    });
    const [batch] = await listOpenBatches(tables, shard.hash);
    const { reserved } = await budgetOf(tables, shard.hash);
    await makeBatchActivities(shard.context).endBatches({ plan: shard.hash });
    expect([batch?.submitted, await listOpenBatches(tables, shard.hash)]).toEqual(['batch_9', []]);
    expect(reserved).toBeGreaterThan(0);
    expect(await budgetOf(tables, shard.hash)).toEqual({ spent: reserved, reserved: 0 });
    lab.setFaults({});
    await tables.deleteFrom('holds').execute();
    await untilHome(shard.write);
    await expectHome(shard, { abandoned: 6 });
  });

  it('does not keep another batch of the shard from being collected', async () => {
    const shard = await withOpenBatch({ texts: 3 });
    lab.setFaults({ batches: { delaySeconds: [1, 1] } });
    const { writeBatch } = makeBatchActivities(shard.context);
    const writeAll = () => writeBatch({ texts: { ...shard.texts, to: 6 } });
    const running = cancellable(writeAll);
    while ((await batchesIn(shard)).filter(({ submitted }) => submitted !== null).length < 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    running.cancel('WORKER_SHUTDOWN');
    await fault(running.ended);
    const [lost] = await listOpenBatches(shard.context.ledger.tables, shard.hash);
    await loseBatch(shard, lost?.id);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await fault(asActivity(writeAll))).toMatchObject({ type: FAILURES.held });
    // Those of the other batch, and what it went on to ask meanwhile.
    expect((await repliesOf(shard.context)).size).toBeGreaterThanOrEqual(3);
  });
});

describe('a missed heartbeat', () => {
  it.each(['NOT_FOUND', 'TIMED_OUT'] as const)('ends no batch: the next attempt follows it (%s)', async (reason) => {
    const shard = await withOpenBatch({}, reason);
    expect(await listOpenBatches(shard.context.ledger.tables, shard.hash)).toMatchObject([{ state: 'open' }]);
  });
});

describe('a cancelled study', () => {
  it.each([0, 3_600])('ends its batches at the provider and keeps what they had done (%d s)', async (seconds) => {
    lab.setFaults({ batches: { delaySeconds: [seconds, seconds] } });
    const shard = await open({ texts: 12 });
    const running = cancellable(shard.write);
    while (!(await batchesIn(shard)).some(({ submitted }) => submitted !== null))
      await new Promise((resolve) => setTimeout(resolve, 5));
    running.cancel('CANCELLED');
    await fault(running.ended);
    expect(await listOpenBatches(shard.context.ledger.tables, shard.hash)).toEqual([]);
    expect((await budgetOf(shard.context.ledger.tables, shard.hash)).reserved).toBe(0);
    expect((await repliesOf(shard.context)).size).toBe(seconds === 0 ? 12 : 0);
    lab.setFaults({});
    await untilHome(shard.write);
    await expectHome(shard);
  });
});

describe('a batch at its provider', () => {
  it('comes home in one attempt, though the provider fails for a while meanwhile', async () => {
    lab.setFaults({ batches: { delaySeconds: [2, 2] } });
    const shard = await open({ texts: 3 });
    const running = cancellable(shard.write);
    let over = false;
    const ended = running.ended.finally(() => (over = true));
    const until = async (isSo: () => Promise<boolean> | boolean) => {
      while (!over && !(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(async () => (await batchesIn(shard)).some(({ submitted }) => submitted !== null));
    const before = log.overloaded();
    lab.setFaults({ transport: { overloaded: 1 } });
    await until(() => log.overloaded() >= before + 2);
    lab.setFaults({});
    await ended;
    await expectHome({ ...shard, texts: { ...shard.texts, to: 3 } });
  });

  it('of a ledger in which payments were not booked by phase yet, ends all the same', async () => {
    lab.setFaults({ batches: { delaySeconds: [1, 1] } });
    const shard = await open({ texts: 3 });
    const running = cancellable(shard.write);
    while (!(await batchesIn(shard)).some(({ submitted }) => submitted !== null))
      await new Promise((resolve) => setTimeout(resolve, 5));
    running.cancel('WORKER_SHUTDOWN');
    await fault(running.ended);
    await shard.context.ledger.tables.updateTable('batches').set({ phase: null }).execute();
    await untilHome(shard.write);
    await expectHome(shard);
  });
});
