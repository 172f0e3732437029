import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listPayments } from '../../../activities/ledger/payments.ts';
import type { ModelRequest } from '../../../contracts/calls.ts';
import { tabulatePayments } from '../../../domain/money/payments.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import type { RequestRecord } from '../../../lab/servers/request-log.ts';
import { makeScratch, startOwner, type Owner } from '../../support/scratch.ts';
import { storePlan, type StoredPlan } from '../../support/small-study.ts';
import { openContext, requestOf, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const requestLog = join(scratch, 'requests.jsonl');
const REQUESTS: readonly ModelRequest[] = Array.from({ length: 60 }, (_, sample) => requestOf({ sample }));

let lab: Lab;
let stored: StoredPlan;
beforeAll(async () => {
  lab = await startLab({ requestLog, faults: { latencyMilliseconds: 40 } });
  const context = await openContext(scratch);
  stored = await storePlan(context);
  await context.ledger.close();
});
afterAll(() => lab.close());

/** A worker without Temporal: asks for every request, eight at a time, and says which calls have returned. */
const startWorker = (name: string): Owner =>
  startOwner(
    scratch,
    name,
    `import { openContext, untilDone } from '#project/tests/support/test-home.ts';
     import { callModel } from '#project/activities/calls/call-model.ts';
     import { loadPlan } from '#project/activities/shared/activity-context.ts';
     import { requestKey } from '#project/domain/requests/requests.ts';
     const context = await openContext(${JSON.stringify(scratch)}, {
       lab: ${JSON.stringify(urlsOf(lab))}, owner: ${JSON.stringify(name)}, deadline: 60000,
     });
     const plan = await loadPlan(context, ${JSON.stringify(stored.hash)});
     const left = ${JSON.stringify(REQUESTS)};
     const lane = async () => {
       for (let request = left.shift(); request; request = left.shift()) {
         await untilDone(() => callModel(context, plan, request, 'compose'));
         console.log(requestKey(request));
       }
     };
     await Promise.all(Array.from({ length: 8 }, lane));
     console.log('done');
     await context.ledger.close();`,
  );

async function linesUntil(owner: Owner, enough: (lines: readonly string[]) => boolean): Promise<string[]> {
  const lines: string[] = [];
  while (!enough(lines)) lines.push(await owner.line());
  return lines;
}

describe('workers that are killed (invariant 1)', () => {
  it('lose no reply whose call had returned, and none of those is sent again', async () => {
    const told: string[] = [];
    for (const name of ['first', 'second']) {
      const worker = startWorker(name);
      told.push(...(await linesUntil(worker, (lines) => lines.length >= 12)));
      await worker.end();
      // Only the owner of the home may say that nobody is sending any more.
      const owner = await openContext(scratch);
      await owner.ledger.releaseAll();
      for (const key of told) expect(await owner.ledger.find(key)).toMatchObject({ end: 'complete' });
      await owner.ledger.close();
    }
    const last = [startWorker('third'), startWorker('fourth')];
    for (const worker of last) await linesUntil(worker, (lines) => lines.at(-1) === 'done');
    for (const worker of last) await worker.end();

    const context = await openContext(scratch);
    for (const request of REQUESTS) expect(await context.ledger.find(requestKey(request))).toBeDefined();
    const { sent, abandoned } = await context.ledger.sendTotals();
    const booked = tabulatePayments(await listPayments(context.ledger.tables, stored.hash));
    expect(booked).toMatchObject([{ replies: { calls: REQUESTS.length }, abandoned: { calls: abandoned } }]);
    await context.ledger.close();
    await lab.close();
    lab = await startLab();
    const records = readFileSync(requestLog, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RequestRecord);
    // Two kills with eight requests in flight each: what is sent twice was in flight, and is counted.
    expect(records.length).toBeLessThanOrEqual(REQUESTS.length + abandoned);
    expect(abandoned).toBeLessThanOrEqual(2 * 8);
    expect(sent).toBe(REQUESTS.length + abandoned);
    expect(new Set(records.map(({ body }) => body)).size).toBe(REQUESTS.length);
  });
});
