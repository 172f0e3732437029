import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Ledger } from '../../../../activities/ledger/ledger.ts';
import { listServed } from '../../../../activities/ledger/models/snapshots.ts';
import { openLedger } from '../../../../activities/ledger/open-ledger.ts';
import { requestKey } from '../../../../domain/requests/requests.ts';
import { makeScratch } from '../../../support/scratch.ts';
import { replyOf, requestOf } from '../../../support/test-home.ts';

const scratch = makeScratch();

it('lists what has answered for each model, with how often', async () => {
  const ledger = new Ledger(await openLedger(join(scratch, 'ledger.db')));
  const keep = async (sample: number, servedModel: string, fingerprint?: string, model = 'lab-teacher') => {
    const request = requestOf({ sample, model });
    const details = fingerprint === undefined ? {} : { details: { fingerprint } };
    await ledger.keep(requestKey(request), request, { ...replyOf('text'), servedModel, ...details });
  };
  await keep(0, 'lab-teacher-1', 'fp-a');
  await keep(1, 'lab-teacher-1', 'fp-a');
  await keep(2, 'lab-teacher-1', 'fp-b');
  await keep(3, 'lab-teacher-2');
  await keep(4, 'another', undefined, 'other');
  const model = 'lab-openai/lab-teacher';
  expect(await listServed(ledger.tables, [{ provider: 'lab-openai', model: 'lab-teacher' }])).toEqual([
    { model, servedModel: 'lab-teacher-1', fingerprint: 'fp-a', calls: 2 },
    { model, servedModel: 'lab-teacher-1', fingerprint: 'fp-b', calls: 1 },
    { model, servedModel: 'lab-teacher-2', fingerprint: null, calls: 1 },
  ]);
  await ledger.close();
});
