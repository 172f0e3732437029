import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeServingActivities } from '../../../activities/jobs/serving.ts';
import type { JobRef, JobRequest } from '../../../infra/jobs/backend.ts';
import { LocalBackend } from '../../../infra/jobs/local-backend.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext } from '../../support/test-home.ts';

const scratch = makeScratch();

/** Runs something quick in place of a server. */
class QuickBackend extends LocalBackend {
  readonly requests: JobRequest[] = [];

  override submit(request: JobRequest): Promise<JobRef> {
    this.requests.push(request);
    return super.submit({ ...request, command: ['/bin/true'] });
  }
}

const base = { from: 'hub', name: 'same', revision: 'f'.repeat(40) };
const student = (id: string) => ({ id, parameters: { maxTokens: 48 }, base });

describe('servers of one checkpoint', () => {
  it('are jobs of their own for each student and study, so that none ends with another', async () => {
    const context = await openContext(scratch);
    const backend = new QuickBackend({ root: join(scratch, 'registry') });
    const { serveStudent } = makeServingActivities(context, backend);
    for (const name of ['one', 'two']) {
      const { hash } = await storePlan(context, smallStudy({ name, students: [student('a'), student('b')] }));
      for (const id of ['a', 'b']) {
        const tuned = { student: id, arm: 'base', replicate: 0, partition: 0 };
        await fault(asActivity(() => serveStudent({ plan: hash, tuned })));
      }
    }
    expect(new Set(backend.requests.map(({ key }) => key)).size).toBe(4);
    expect(new Set(backend.requests.map(({ directory }) => directory)).size).toBe(4);
    await context.ledger.close();
  });
});
