import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { followJob } from '../../../activities/jobs/run-job.ts';
import { LocalBackend } from '../../../infra/jobs/local-backend.ts';
import { ActivityEnvironment, type CancelReason } from '../../support/activity-environment.ts';
import { makeScratch } from '../../support/scratch.ts';
import { fault } from '../../support/test-home.ts';

const scratch = makeScratch();
const backend = new LocalBackend({ root: join(scratch, 'registry') });

describe('a job that an activity follows', () => {
  it.each<[CancelReason, string]>([
    ['CANCELLED', 'cancelled'],
    ['WORKER_SHUTDOWN', 'running'],
    ['NOT_FOUND', 'running'],
    ['TIMED_OUT', 'running'],
    ['PAUSED', 'running'],
  ])('told %s, is %s: it stops only with what it was begun for', async (reason, state) => {
    const ref = await backend.submit({ key: reason, directory: join(scratch, reason), command: ['/bin/sleep', '600'] });
    try {
      const environment = new ActivityEnvironment();
      const following = environment.run(() => followJob(backend, ref, async () => ({ details: undefined })));
      await sleep(50);
      environment.cancel(reason);
      await fault(following);
      expect(await backend.poll(ref)).toMatchObject({ state });
    } finally {
      await backend.cancel(ref);
    }
  });
});
