import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pauseStudy } from '../../../activities/ledger/gates.ts';
import { holdProvider, listWaits } from '../../../activities/ledger/holds.ts';
import type { KnownStudy } from '../../../activities/ledger/studies.ts';
import { describeWaits } from '../../../activities/operator/describe-waits.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy } from '../../support/small-study.ts';
import { openContext } from '../../support/test-home.ts';

const scratch = makeScratch();
let context: ActivityContext;
beforeAll(async () => (context = await openContext(scratch)));
afterAll(() => context.ledger.close());

it('tells in markdown what holds a study, and nothing in a reason becomes markup or a formula', async () => {
  const db = context.ledger.tables;
  const runtime = { limits: { usd: 30 }, rates: {}, cluster: smallStudy().cluster };
  const study: KnownStudy = { name: 'small', plan: 'a'.repeat(64), runtime, state: 'running' };
  await holdProvider(db, study.plan, 'there', 'there: $5 of $6 are <b>gone</b>, a_b');
  await pauseStudy(db, study.plan);
  expect(await listWaits(db, study)).toMatchObject([{ subject: 'there', reason: '$5 of $6 are <b>gone</b>, a_b' }]);
  const { details, waiting } = await describeWaits(db, study);
  expect(details.split('\n')).toEqual([
    '- **paused** by a person; `./etude resume small` continues it',
    '- waiting for a person: **there**: \\$5 of \\$6 are \\<b\\>gone\\</b\\>, a\\_b; then `./etude resume small --provider there`',
    '- cap on spending: \\$30',
  ]);
  expect(waiting).toEqual(['resume', 'there']);
});
