import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { startProgress } from '../../../client/running/progress.ts';
import type { Phase } from '../../../contracts/payments.ts';
import { makeScratch } from '../../support/scratch.ts';
import { replyOf, requestOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const study = { name: 'mini', plan: 'p'.repeat(64) };

describe('progress of a study', () => {
  it('begins with what was answered before, though no shard is finished, and counts what is kept from then on', async () => {
    const ledger = new Ledger(await openLedger(join(scratch, 'ledger.db')));
    const keep = async (key: string, phase: Phase = 'compose', plan = study.plan): Promise<void> => {
      const claim = { key, owner: '1/a' };
      await ledger.claim(key, claim.owner, 60_000, { plan, phase, model: 'lab-openai/lab-strict' });
      const { usage } = replyOf('yes');
      await ledger.keep(key, requestOf(), replyOf('yes'), { claim, payment: { kind: 'reply', usage, paid: 0 } });
    };
    await keep('a');
    await keep('b');
    await keep('c', 'calibrate');
    await keep('d', 'compose', 'another plan');
    const { describe: tell } = await startProgress({ ledger, study, expected: 1_000 });
    expect(await tell()).toContain('2 of about 1,000 calls');
    await keep('e', 'evaluate');
    expect(await tell()).toContain('3 of about 1,000 calls');
    // Of a shard that others' replies have served.
    await ledger.tables.insertInto('shards').values({ id: 's', study: 'mini', phase: 'compose', calls: 700 }).execute();
    expect(await tell()).toMatch(/70 % {2}700 of about 1,000 calls/);
    await ledger.close();
  });
});
