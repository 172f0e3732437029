import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { readProvenance } from '../../../activities/analysis/read-provenance.ts';
import { toSortedJson } from '../../../activities/analysis/write-outputs.ts';
import { makeTrainingActivities } from '../../../activities/jobs/training.ts';
import { listFailedArms } from '../../../activities/ledger/arms/checkpoints.ts';
import { describeFailedArms } from '../../../client/running/failed-arms.ts';
import { LocalBackend } from '../../../infra/jobs/local-backend.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan } from '../../support/small-study.ts';
import { asActivity, openContext } from '../../support/test-home.ts';

const scratch = makeScratch();
const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };

/** The results of a study in a home of its own, an arm of which failed with these words. */
async function failWith(name: string, failure: string, words: string) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  const context = await openContext(folder);
  const { plan, hash } = await storePlan(context);
  const { failArm } = makeTrainingActivities(context, new LocalBackend({ root: join(folder, 'jobs') }));
  await asActivity(() => failArm({ plan: hash, ...tuned, failure, reason: words }));
  const { results } = await analyseStudy(context, plan, hash);
  const runtime = { limits: {}, rates: {}, cluster: smallStudy().cluster };
  const provenance = await readProvenance(context, plan, { hash, runtime, datasets: new Map() });
  const told = describeFailedArms(await listFailedArms(context.ledger.tables, hash));
  await context.ledger.close();
  return { results: toSortedJson(results), failedArms: results.failedArms, provenance, told };
}

describe('an arm that failed', () => {
  it('stands in results by a named failure, the same on every machine; its words stand beside them', async () => {
    const here = await failWith('here', 'TrainingFailed', 'exit 1: /here/model: port 4711 is taken');
    const there = await failWith('there', 'TrainingFailed', 'exit 137: host there ended process 99');
    expect(here.results).toBe(there.results);
    expect(here.failedArms).toEqual([{ ...tuned, failure: 'TrainingFailed', reason: 'its training failed' }]);
    expect(here.provenance['failedArms']).toMatchObject([{ details: 'exit 1: /here/model: port 4711 is taken' }]);
    expect(there.told).toEqual([expect.stringContaining('host there ended process 99')]);
  });

  it('by what has no name is called so', async () => {
    const { failedArms } = await failWith('unnamed', 'toString', 'a bug');
    expect(failedArms).toMatchObject([{ failure: 'Other' }]);
  });
});
