import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sql } from 'kysely';
import Database from 'libsql';
import { callModel } from '../../../activities/calls/call-model.ts';
import { budgetOf } from '../../../activities/ledger/gates.ts';
import { listWaits } from '../../../activities/ledger/holds.ts';
import { Ledger } from '../../../activities/ledger/ledger.ts';
import { releaseDead } from '../../../activities/ledger/release-dead.ts';
import { saveStudy, type KnownStudy } from '../../../activities/ledger/studies.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import type { ModelRequest } from '../../../contracts/calls.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { ActivityEnvironment } from '../../support/activity-environment.ts';
import { answerJson, completion, startRecording, type RecordingServer } from '../../support/recording-server.ts';
import { eventually, isAlive, makeScratch, startOwner } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext, replyOf, requestOf } from '../../support/test-home.ts';

const DOLLAR = 1e9;
const MINUTE = 60_000;
const scratch = makeScratch();
const settings = { environment: { THERE_KEY: 'sk-planted' }, deadline: MINUTE, owner: `${process.pid}/test` };
/** A provider that answers when it is told to; every request may cost, and costs, a dollar. */
let server: RecordingServer;
let waiting: (() => void)[] = [];
beforeAll(async () => {
  server = await startRecording((_, response) => {
    waiting.push(() => answerJson(response, completion('model', 'hi')));
  });
});

let context: ActivityContext;
let stored: StoredPlan;
let folder: string;
let homes = 0;
beforeEach(async () => {
  folder = join(scratch, `home-${(homes += 1)}`);
  mkdirSync(folder);
  waiting = [];
  server.requests.length = 0;
  context = await openContext(folder, settings);
  const role = { provider: 'there', model: 'model', parameters: { maxTokens: 2 } };
  const study = smallStudy({
    providers: { there: { protocol: 'openai', endpoint: server.url, apiKey: 'THERE_KEY' } },
    teacher: role,
    keepGrader: { id: 'strict', ...role },
    graders: [{ id: 'strict', ...role }],
    prices: { 'there/model': { input: 0, output: 500_000 } },
  });
  stored = await storePlan(context, study);
});
afterEach(() => context.ledger.close());

const request: ModelRequest = requestOf({
  provider: 'there',
  model: 'model',
  parameters: { ...requestOf().parameters, maxTokens: 2 },
});
const other = { ...request, sample: 1 };
const call = (asked = request, within = context) => asActivity(() => callModel(within, stored.plan, asked, 'compose'));
const answered = { end: 'complete', text: 'hi' };
const budget = () => budgetOf(context.ledger.tables, stored.hash);
const answerAll = () => waiting.splice(0).forEach((answer) => answer());
async function untilSent(count: number): Promise<void> {
  while (server.requests.length < count) await sleep(10);
}

/** Resolves when the ledger was asked so often for a claim that another sender has. */
function countClaims({ ledger }: ActivityContext): (times: number) => Promise<string> {
  const claims = jest.spyOn(ledger, 'claim');
  return (times) => eventually(() => claims.mock.calls.length >= times && 'waits');
}

/** Resolves when a reply was offered to the ledger so often. */
function countOffers({ ledger }: ActivityContext): (times: number) => Promise<string> {
  const offers = jest.spyOn(ledger, 'keep');
  return (times) => eventually(() => offers.mock.calls.length >= times && 'held');
}

describe('a claim', () => {
  it('is of one call, not of its process', async () => {
    const calls = [call(), call(other)];
    await untilSent(2);
    const rows = await context.ledger.tables.selectFrom('sends').select('owner').execute();
    expect(new Set(rows.map(({ owner }) => owner)).size).toBe(2);
    // Their process is still told from the start of it.
    for (const { owner } of rows) expect(owner).toMatch(new RegExp(`^${process.pid}/test/.`));
    answerAll();
    for (const reply of await Promise.all(calls)) expect(reply).toMatchObject(answered);
    expect(await budget()).toEqual({ spent: 2 * DOLLAR, reserved: 0 });
  });

  it('lasts from the moment of sending, however long the way to it was', async () => {
    /** Whose way from claim to sending takes all of a claim's time. */
    class Slow extends Ledger {
      override claim(key: string, owner: string): Promise<boolean> {
        return super.claim(key, owner, -1);
      }
    }
    const tried = countClaims(context);
    const slow = { ...context, ledger: new Slow(context.ledger.tables) };
    const first = call(request, slow);
    await untilSent(1);
    const second = call();
    expect(await Promise.race([second, tried(3)])).toBe('waits');
    answerAll();
    expect(await first).toMatchObject(answered);
    expect(await second).toMatchObject(answered);
    expect(server.requests).toHaveLength(1);
  });

  it('that was lost on the way to sending sends nothing', async () => {
    let claims = 0;
    /** Whose claim another sender takes over at once. */
    class Losing extends Ledger {
      override async claim(key: string, owner: string): Promise<boolean> {
        claims += 1;
        const won = await super.claim(key, owner, -1);
        return won && super.claim(key, 'another', MINUTE);
      }
    }
    const losing = call(request, { ...context, ledger: new Losing(context.ledger.tables) });
    const tried = eventually(() => claims >= 3 && 'waits');
    expect(await Promise.race([losing, tried])).toBe('waits');
    await context.ledger.keep(requestKey(request), request, replyOf('of the other one'));
    expect(await losing).toMatchObject({ text: 'of the other one' });
    expect(server.requests).toHaveLength(0);
    expect(await budget()).toEqual({ spent: 0, reserved: 0 });
  });
});

describe('a reply that has arrived (invariant 1)', () => {
  it('outlives its activity while the ledger is locked; the next attempt waits for it and sends nothing', async () => {
    // One that fails at once: a test cannot stand still as long as a worker may.
    await sql`pragma busy_timeout = 20`.execute(context.ledger.tables);
    const environment = new ActivityEnvironment();
    const offered = countOffers(context);
    const first = environment.run(() => callModel(context, stored.plan, request, 'compose'));
    await untilSent(1);
    const lock = new Database(join(folder, 'ledger.db'));
    lock.exec('begin immediate');
    answerAll();
    await offered(1);
    environment.cancel();
    const second = call();
    expect(await Promise.race([first, second, offered(3)])).toBe('held');
    lock.exec('rollback');
    lock.close();
    expect(await Promise.all([first, second])).toMatchObject([answered, answered]);
    expect(await context.ledger.find(requestKey(request))).toMatchObject(answered);
    expect(server.requests).toHaveLength(1);
    expect(context.ledger.pendingReplies.size).toBe(0);
    expect(await budget()).toEqual({ spent: DOLLAR, reserved: 0 });
  });
});

describe('a worker that is killed with money reserved (invariant 9)', () => {
  it('leaves a study that says what it waits for, and goes on when the cap is raised', async () => {
    const study = (usd: number): KnownStudy => ({
      ...{ name: 'small', plan: stored.hash, state: 'running' },
      runtime: { limits: { usd }, rates: {}, cluster: smallStudy().cluster },
    });
    await saveStudy(context.ledger.tables, study(1.5));
    const worker = startOwner(
      scratch,
      'worker',
      `import { asActivity, openContext } from '#project/tests/support/test-home.ts';
       import { callModel } from '#project/activities/calls/call-model.ts';
       import { loadPlan } from '#project/activities/shared/activity-context.ts';
       const settings = { ...${JSON.stringify(settings)}, owner: process.pid + '/worker' };
       const context = await openContext(${JSON.stringify(folder)}, settings);
       const plan = await loadPlan(context, ${JSON.stringify(stored.hash)});
       await asActivity(() => callModel(context, plan, ${JSON.stringify(request)}, 'compose'));`,
    );
    await untilSent(1);
    await worker.end();
    expect(await budget()).toEqual({ spent: 0, reserved: DOLLAR });
    await releaseDead(context.ledger.tables, (pid) => !isAlive(pid));
    expect(await budget()).toEqual({ spent: DOLLAR, reserved: 0 });
    expect(await fault(call(other))).toMatchObject({ type: FAILURES.budget });
    expect(await listWaits(context.ledger.tables, study(1.5))).toMatchObject([{ subject: 'budget' }]);
    await saveStudy(context.ledger.tables, study(3));
    expect(await listWaits(context.ledger.tables, study(3))).toEqual([]);
    const next = call(other);
    await untilSent(2);
    answerAll();
    expect(await next).toMatchObject(answered);
    expect(await budget()).toEqual({ spent: 2 * DOLLAR, reserved: 0 });
  });
});
