import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeBatchActivities } from '../../../activities/batches/batch-activities.ts';
import { endAll } from '../../../activities/batches/end-batches.ts';
import { listOpenBatches } from '../../../activities/ledger/batches/open-batches.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { batchStudy, cancellable, openShard, type Shard } from '../../support/batch-bench.ts';
import { makeScratch } from '../../support/scratch.ts';
import { asActivity, fault, urlsOf } from '../../support/test-home.ts';

const HOUR = 3_600;
let lab: Lab;
let shard: Shard;
const scratch = makeScratch();
beforeAll(async () => {
  lab = await startLab({ faults: { batches: { delaySeconds: [HOUR, HOUR] } } });
  shard = await openShard(scratch, batchStudy(900), { lab: urlsOf(lab), texts: 2 });
});
afterEach(() => shard.context.ledger.close());
afterAll(() => lab.close());

const openBatches = () => listOpenBatches(shard.context.ledger.tables, shard.hash);

/** A batch of these texts at the provider, whose worker went. */
async function submit(to: number): Promise<string> {
  const before = new Set((await openBatches()).map(({ id }) => id));
  const { writeBatch } = makeBatchActivities(shard.context);
  const running = cancellable(() => writeBatch({ texts: { ...shard.texts, to } }));
  for (;;) {
    const [found] = (await openBatches()).filter(({ id, submitted }) => !before.has(id) && submitted !== null);
    if (found) {
      running.cancel('WORKER_SHUTDOWN');
      await fault(running.ended);
      return found.id;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('ending the batches of a cancelled study', () => {
  it('leaves one of which nobody can tell in the ledger, and ends the others all the same', async () => {
    const { tables } = shard.context.ledger;
    const lost = await submit(2);
    // As when the answer of a submission never came, and the provider's list does not show it yet.
    const sending = Date.now() + 25 * HOUR * 1_000;
    await tables.updateTable('batches').set({ submitted: null, sending }).where('id', '=', lost).execute();
    const other = await submit(4);
    // What it began moments ago may still arrive for so long.
    const patient = { ...shard.context, deadline: 400_000 };
    const end = (signal?: AbortSignal) =>
      asActivity(() => endAll(patient, [lost, other], { by: shard.hash, ...(signal && { signal }) }));
    // Its time is over once the one that can be ended has ended.
    const over = new AbortController();
    const ending = end(over.signal);
    while ((await openBatches()).length > 1) await new Promise((resolve) => setTimeout(resolve, 10));
    over.abort();
    expect(await ending).toBe(1);
    expect(await openBatches()).toMatchObject([{ id: lost, submitted: null, state: 'open' }]);
    // Once the provider's list shows it, it is ended too.
    await tables.updateTable('batches').set({ sending: 1 }).where('id', '=', lost).execute();
    expect(await end()).toBe(0);
    expect(await openBatches()).toEqual([]);
  }, 300_000);
});
