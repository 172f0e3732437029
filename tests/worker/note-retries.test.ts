import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { listWaits } from '../../activities/ledger/holds.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { forgetRetriesOf, listStuck } from '../../activities/ledger/retries.ts';
import { describeStuck } from '../../client/running/describe-stuck.ts';
import { FAILURES } from '../../contracts/failures.ts';
import { isMistake, noteRetries } from '../../worker/note-retries.ts';
import { makeScratch } from '../support/scratch.ts';

const scratch = makeScratch();
let count = 0;
let tables: Awaited<ReturnType<typeof openLedger>>;
beforeEach(async () => {
  tables = await openLedger(join(scratch, `ledger-${(count += 1)}.db`));
});
afterEach(() => tables.destroy());

/** Runs an attempt of an activity of `mini`, and returns what it throws. */
async function attempt(
  number: number,
  work: () => Promise<unknown>,
  { activityId = '1', activityType = 'askTexts' } = {},
) {
  const workflowExecution = { workflowId: 'mini/compose/k1/from-0', runId: 'run' };
  const interceptor = noteRetries({ tables });
  const context = { info: { attempt: number, activityId, activityType, workflowExecution } };
  const { inbound } = interceptor(context as never);
  return inbound?.execute?.({ args: [], headers: {} }, work as never).then(
    () => undefined,
    (error: unknown) => error,
  );
}
const outage = () =>
  Promise.reject(ApplicationFailure.create({ type: FAILURES.outage, message: 'there: status 500: server fault' }));
const mistake = () => Promise.reject(new TypeError("Cannot read properties of undefined (reading 'x')"));
const stuck = () => listStuck(tables, 'mini');
const waits = () => listWaits(tables, { name: 'mini', plan: 'plan', runtime: { limits: {} } } as never);

describe('what fails again and again', () => {
  it('is told from its third attempt on, with its last fault, equal ones together', async () => {
    for (const activityId of ['1', '2']) for (let n = 1; n <= 4; n += 1) await attempt(n, outage, { activityId });
    expect(await stuck()).toEqual([
      {
        type: 'askTexts',
        fault: 'there: status 500: server fault',
        activities: 2,
        attempt: 4,
        since: expect.any(String),
        held: false,
      },
    ]);
    expect(await waits()).toEqual([]);
    const [first] = await stuck();
    const later = Date.parse(first?.since ?? '') + 65_000;
    expect(first && describeStuck(first, later)).toBe(
      'does not advance: 2 times askTexts, for 00:01:05, at attempt 4: there: status 500: server fault',
    );
  });

  it('is one thing though every request has an id of its own', async () => {
    for (let n = 1; n <= 30; n += 1) {
      const message = `there: status 500 (server_error), request req-${n}: server fault`;
      const failing = () => Promise.reject(ApplicationFailure.create({ type: FAILURES.outage, message }));
      for (const number of [2, 3]) await attempt(number, failing, { activityId: String(n) });
    }
    expect(await stuck()).toMatchObject([{ activities: 30, fault: 'there: status 500 (server_error): server fault' }]);
  });

  it('does not hide an error of the program that waits for a person', async () => {
    for (let n = 1; n <= 30; n += 1) {
      const failing = () => Promise.reject(ApplicationFailure.create({ type: FAILURES.outage, message: `fault ${n}` }));
      for (const number of [2, 3]) await attempt(number, failing, { activityId: String(n) });
    }
    await attempt(20, mistake, { activityId: 'mistaken' });
    expect(await waits()).toHaveLength(1);
  });

  it.each([
    ['succeeds', () => Promise.resolve('done')],
    ['is cancelled', () => Promise.reject(new CancelledFailure('cancelled'))],
    ['fails for good', () => Promise.reject(ApplicationFailure.nonRetryable('no', FAILURES.training))],
    [
      'waits for a person, who is told elsewhere',
      () => Promise.reject(ApplicationFailure.create({ type: FAILURES.held })),
    ],
    ['is paused', () => Promise.reject(ApplicationFailure.create({ type: FAILURES.paused }))],
  ])('is told no longer once it %s', async (_, end) => {
    for (let n = 1; n <= 3; n += 1) await attempt(n, outage);
    expect(await stuck()).toHaveLength(1);
    await attempt(4, end);
    expect(await stuck()).toEqual([]);
  });

  it('costs nothing while it fails once', async () => {
    await attempt(1, outage);
    expect(await tables.selectFrom('retries').selectAll().execute()).toEqual([]);
  });
});

describe('an error of the program', () => {
  it('is held for a person after twenty attempts, and not tried again before the study is started anew', async () => {
    for (let n = 1; n < 20; n += 1) expect(await attempt(n, mistake)).toBeInstanceOf(TypeError);
    expect(await waits()).toEqual([]);
    expect(await attempt(20, mistake)).toMatchObject({ type: FAILURES.held, nonRetryable: false });
    expect(await waits()).toEqual([
      {
        subject: 'askTexts',
        reason: expect.stringMatching(/TypeError: Cannot read properties.*note-retries\.test\.ts:\d+/),
        remedy: './etude start FILE',
      },
    ]);
    let tried = 0;
    const work = async () => void (tried += 1);
    expect(await attempt(21, work)).toMatchObject({ type: FAILURES.held });
    expect(tried).toBe(0);
    await forgetRetriesOf(tables, 'mini');
    expect(await attempt(22, work)).toBeUndefined();
    expect([tried, await waits()]).toEqual([1, []]);
  });

  it.each([
    [new TypeError('x'), true],
    [new ReferenceError('x'), true],
    [new RangeError('x'), true],
    [Object.assign(new Error('x'), { name: 'ZodError' }), true],
    [Object.assign(new Error('x'), { name: 'AssertionError' }), true],
    [Object.assign(new Error('database is locked'), { name: 'SqliteError', code: 'SQLITE_BUSY' }), false],
    [Object.assign(new Error('no space'), { code: 'ENOSPC' }), false],
    [ApplicationFailure.create({ type: FAILURES.outage }), false],
    ['a text', false],
  ])('is told from the rest: %p', (error, is) => {
    expect(isMistake(error)).toBe(is);
  });
});
