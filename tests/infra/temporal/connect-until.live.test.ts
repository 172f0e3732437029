import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Client, isGrpcCancelledError } from '@temporalio/client';
import { openHome } from '../../../infra/home/open-home.ts';
import { ensureSetUp } from '../../../infra/setup/ensure-set-up.ts';
import { connectUntil } from '../../../infra/temporal/connect-until.ts';
import { startTemporal } from '../../../infra/temporal/dev-server.ts';
import { makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();
let binary: string;
beforeAll(async () => {
  binary = (await ensureSetUp({ temporal: true }, () => undefined)).temporalBinary;
}, 1_800_000);

/** Longer than the wait between two tries of a call. */
const RETRY_MS = 1_000;

describe('a connection that is closed', () => {
  it('has ended its calls before, also those that would be tried again and those that came too late', async () => {
    const server = await startTemporal({ binary, home: openHome(scratch), searchAttributes: {} });
    const over = new AbortController();
    const connection = await connectUntil({ address: server.address, shared: false }, over.signal);
    const { workflow } = new Client({ connection });
    const handle = await workflow.start('study', { workflowId: 'followed', taskQueue: 'nobody' });
    const why = (call: Promise<unknown>) =>
      call.then(
        () => 'answered',
        (error: Error) => (isGrpcCancelledError(error.cause) ? 'cancelled' : error),
      );
    const followed = why(handle.result());
    await sleep(RETRY_MS);
    // Nobody answers any more: the call waits for its next try.
    await server.stop();
    await sleep(50);
    over.abort();
    expect(await followed).toBe('cancelled');
    expect(await why(handle.describe())).toBe('cancelled');
    await connection.close();
    // A try on the closed connection would end this process.
    await sleep(RETRY_MS);
  });
});
