import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listOpenPhases } from '../../../client/running/open-phases.ts';
import { runStudy } from '../../../workflows/run-study.ts';
import { openBench, smallOutline, withWorker, type Bench } from '../../support/runner/scripted-study.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

/** Starts a study and asks until the answer is the one that is waited for. */
async function untilOpen(study: string, queue: string, wanted: RegExp): Promise<string> {
  const { client } = bench.environment;
  const input = { study, plan: 'a'.repeat(64), outline: smallOutline(queue) };
  const handle = await client.workflow.start(runStudy, { workflowId: study, taskQueue: queue, args: [input] });
  try {
    for (;;) {
      const open = await listOpenPhases(client, study);
      if (wanted.test(open)) return open;
      await wait(100);
    }
  } finally {
    await handle.terminate();
  }
}

describe('what of a study is at work', () => {
  it('is nothing while no worker has taken it up', async () => {
    expect(await untilOpen('idle', randomUUID(), /./)).toBe('waiting for the worker');
  });

  it('is the training of a base, which is no phase of its own, beside the others', async () => {
    let over = false;
    const trainBase = async () => {
      while (!over) await wait(50);
      return { digest: 'b' };
    };
    await withWorker(bench, { script: { trainBase } }, async ({ queue }) => {
      await untilOpen('at-work', queue, /train base/).finally(() => (over = true));
    });
  });
});
