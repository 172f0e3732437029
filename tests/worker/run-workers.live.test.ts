import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NativeConnection } from '@temporalio/worker';
import { makeActivities } from '../../activities/make-activities.ts';
import { LocalBackend } from '../../infra/jobs/local-backend.ts';
import { runWorkers } from '../../worker/run-workers.ts';
import { openBench, type Bench } from '../support/runner/scripted-study.ts';
import { makeScratch } from '../support/scratch.ts';
import { openContext } from '../support/test-home.ts';

const scratch = makeScratch();
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 1_800_000);
afterAll(() => bench.close());

describe('the workers of a process', () => {
  it('stop when the ledger fails them, so that its fault is told and not that they hold the connection', async () => {
    const { address } = bench.environment;
    const connection = await NativeConnection.connect({ address });
    const context = await openContext(scratch);
    await context.ledger.close();
    const running = runWorkers({
      connection,
      namespace: 'default',
      home: 'home',
      context,
      activities: makeActivities(context, new LocalBackend({ root: join(scratch, 'job-register') })),
      workflowBundle: bench.workflowBundle,
      dataConverter: {},
      signal: new AbortController().signal,
    });
    await expect(running).rejects.toThrow(/destroyed/);
    await connection.close();
  });
});
