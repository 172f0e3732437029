/** Batches over many shards, and the limits of their providers: how large one may be, and what may wait in all. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeBatchActivities } from '../../../activities/batches/batch-activities.ts';
import { listOpenBatches } from '../../../activities/ledger/batches/open-batches.ts';
import { budgetOf } from '../../../activities/ledger/gates.ts';
import { listHolds } from '../../../activities/ledger/holds.ts';
import { MACHINE_CLOCK } from '../../../infra/processes/clock.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import {
  batchStudy,
  cancellable,
  LabLog,
  openShard,
  repliesOf,
  untilHome,
  type Shard,
} from '../../support/batch-bench.ts';
import { makeScratch } from '../../support/scratch.ts';
import { fault, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const log = new LabLog(scratch);
let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ requestLog: log.file });
});
afterAll(() => lab.close());

let seed = 5_000;
let home: string;
let shard: Shard;
let answered: ReadonlyMap<string, number>;
beforeEach(() => {
  answered = log.answers();
  lab.setFaults({});
  home = join(scratch, String((seed += 1)));
  mkdirSync(home);
});
afterEach(() => shard.context.ledger.close());

const TEXTS = 12;
type Rates = NonNullable<Parameters<typeof openShard>[2]['rates']>;
/** Texts that are written by OpenAI's batches and graded by Anthropic's. */
async function open({ rates = {}, quiet = 100 }: { rates?: Rates; quiet?: number } = {}): Promise<Shard> {
  const [, keepGrader] = batchStudy(seed).graders;
  return (shard = await openShard(home, batchStudy(seed, { keepGrader }), {
    lab: urlsOf(lab),
    texts: TEXTS,
    rates,
    quiet,
    // How often a provider is asked is what is counted here.
    clock: MACHINE_CLOCK,
  }));
}

/** The texts as four shards, each an activity of its own. */
const shardsOf = ({ texts }: Shard) =>
  [0, 3, 6, 9].map((from) => ({ texts: { ...texts, from, to: from + TEXTS / 4 }, grader: 'keep' as const }));

async function writeAll(): Promise<void> {
  const { writeBatch } = makeBatchActivities(shard.context);
  await Promise.all(shardsOf(shard).map((input) => untilHome(() => writeBatch(input))));
}
async function gradeAll(): Promise<void> {
  const { gradeBatch } = makeBatchActivities(shard.context);
  await Promise.all(shardsOf(shard).map((input) => untilHome(() => gradeBatch(input))));
}

const sizes = async () => {
  const rows = await shard.context.ledger.tables.selectFrom('batches').select(['items', 'model']).execute();
  return rows.map(({ items }) => Number(items));
};

async function expectHome(): Promise<void> {
  const { context, hash } = shard;
  const answers = log.answers();
  for (const key of (await repliesOf(context)).keys()) {
    // Other homes may have asked the same.
    expect([key, (answers.get(key) ?? 0) - (answered.get(key) ?? 0)]).toEqual([key, 1]);
  }
  expect(await listOpenBatches(context.ledger.tables, hash)).toEqual([]);
  expect(await listHolds(context.ledger.tables, hash)).toEqual([]);
  expect((await budgetOf(context.ledger.tables, hash)).reserved).toBe(0);
}

describe('the requests of all shards', () => {
  it('go in one batch for each turn and round, of which nothing is left at the provider or on the disk', async () => {
    // Longer than a busy machine takes to begin four activities.
    await open({ quiet: 4_000 });
    const before = [log.submissions(), log.outcomes('deleted')] as const;
    await writeAll();
    expect(await sizes()).toEqual([TEXTS, TEXTS]);
    // Of each batch the file of its requests and that of its replies.
    expect([log.submissions() - before[0], log.outcomes('deleted') - before[1]]).toEqual([2, 4]);
    await gradeAll();
    expect((await sizes())[2]).toBe(TEXTS);
    expect(readdirSync(join(home, 'uploads'))).toEqual([]);
    await expectHome();
  });

  it('stay in their batch when one shard is cancelled, and end with the last one', async () => {
    lab.setFaults({ batches: { delaySeconds: [3_600, 3_600] } });
    await open({ quiet: 4_000 });
    const { writeBatch } = makeBatchActivities(shard.context);
    const running = shardsOf(shard).map((input) => cancellable(() => writeBatch(input)));
    const batches = () => listOpenBatches(shard.context.ledger.tables, shard.hash);
    while (!(await batches()).some(({ submitted }) => submitted !== null))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const [last, ...others] = running;
    for (const { cancel, ended } of others) {
      cancel('CANCELLED');
      await fault(ended);
    }
    expect(await batches()).toMatchObject([{ state: 'open', items: TEXTS }]);
    last?.cancel('CANCELLED');
    await fault(last?.ended ?? Promise.resolve());
    expect(await batches()).toEqual([]);
  });
});

describe('a batch of a version in which each shard had its own', () => {
  const AS_BEFORE = { collecting: 0, opened: 0, changed: 0, due: 0, bytes: 0, tokens: 0, done: 0, tries: 0 };

  it.each([false, true])(
    'is submitted and collected once, with what was added since (submitted: %s)',
    async (isSubmitted) => {
      lab.setFaults({ batches: { delaySeconds: [0.5, 0.5] } });
      await open();
      const { tables } = shard.context.ledger;
      const { writeBatch } = makeBatchActivities(shard.context);
      const [first] = shardsOf(shard);
      if (!first) throw new Error('there are four shards');
      if (!isSubmitted) lab.setFaults({ transport: { rateLimit: 1 } });
      const running = cancellable(() => writeBatch(first));
      const isThere = async () =>
        (await listOpenBatches(tables, shard.hash)).some(({ submitted, tries }) => submitted !== null || tries > 0);
      while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 10));
      running.cancel('WORKER_SHUTDOWN');
      await fault(running.ended);
      await tables.updateTable('batches').set(AS_BEFORE).execute();
      await tables.updateTable('batch_items').set({ bytes: 0, tokens: 0, queued: 0 }).execute();
      lab.setFaults({});
      await writeAll();
      await expectHome();
    },
  );
});

describe('a provider that takes fewer requests or bytes in one batch than its protocol says', () => {
  it.each([{ mostItems: 4 }, { mostBytes: 6_000 }])('gets them in parts (%j), and is not held', async (limits) => {
    lab.setFaults({ batches: limits });
    await open();
    await writeAll();
    await gradeAll();
    expect((await repliesOf(shard.context)).size).toBeGreaterThanOrEqual(3 * TEXTS - 1);
    expect(Math.max(...(await sizes()))).toBeLessThan(TEXTS);
    await expectHome();
  });
});

describe('a full queue', () => {
  const seeWaits = async (work: Promise<void>): Promise<Set<string>> => {
    const seen = new Set<string>();
    let over = false;
    void work.finally(() => (over = true));
    while (!over) {
      for (const { waits } of await listOpenBatches(shard.context.ledger.tables, shard.hash))
        if (waits) seen.add(waits);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await work;
    return seen;
  };

  it('of tokens is waited for, told, and learned from: each batch is turned away a few times at most', async () => {
    lab.setFaults({ batches: { queueTokens: 1_000, delaySeconds: [0.3, 0.3] } });
    await open();
    const before = log.submissions();
    const waits = [...(await seeWaits(writeAll()))];
    expect(waits.join('\n')).toMatch(/the queue for batches is full, which takes 1,000 tokens/);
    const done = (await sizes()).length;
    expect(done).toBeGreaterThan(2);
    expect(log.submissions() - before).toBeLessThanOrEqual(done + 6);
    await expectHome();
  });

  it('of requests is waited for, though the provider only says that there are too many', async () => {
    await open();
    await writeAll();
    lab.setFaults({ batches: { queueItems: TEXTS - 1, delaySeconds: [0.3, 0.3] }, retryAfterSeconds: 0 });
    const before = log.outcomes('rateLimit');
    const waits = seeWaits(gradeAll());
    while (log.outcomes('rateLimit') < before + 2) await new Promise((resolve) => setTimeout(resolve, 20));
    lab.setFaults({});
    expect([...(await waits)].join('\n')).toMatch(/rate limit/);
    await expectHome();
  });

  it('is never met by a study whose rates name what may wait', async () => {
    lab.setFaults({ batches: { queueItems: 5, delaySeconds: [0.2, 0.2] } });
    await open({ rates: { 'lab-anthropic/lab-lenient': { batchRequests: 5, concurrency: 1 } } });
    const before = log.outcomes('rateLimit');
    await writeAll();
    const written = (await sizes()).length;
    const waits = [...(await seeWaits(gradeAll()))];
    expect(log.outcomes('rateLimit')).toBe(before);
    expect((await sizes()).slice(written).every((items) => items <= 5)).toBe(true);
    expect(waits.join('\n')).toMatch(/has no room/);
    await expectHome();
  });
});
