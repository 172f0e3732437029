/** What services do with batches: each case is a batch of texts, through a proxy before the lab. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeBatchActivities } from '../../activities/batches/batch-activities.ts';
import { liftHold, listHolds } from '../../activities/ledger/holds.ts';
import type { ComposedRange } from '../../contracts/activities.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import {
  startHostileProxy,
  type HostileAnswer,
  type HostileProxy,
  type SeenRequest,
} from '../support/hostile-proxy.ts';
import { makeScratch } from '../support/scratch.ts';
import { smallStudy, storePlan } from '../support/small-study.ts';
import { asActivity, openContext } from '../support/test-home.ts';

const scratch = makeScratch();
let lab: Lab;
let proxy: HostileProxy;
beforeAll(async () => {
  lab = await startLab();
  proxy = await startHostileProxy(lab);
});
afterAll(() => lab.close());

const STUDY = smallStudy({
  teacher: { provider: 'lab-openai', model: 'lab-teacher', parameters: { maxTokens: 400 }, mode: 'batch' },
});

async function openBatches() {
  const folder = mkdtempSync(join(scratch, 'home-'));
  const context = await openContext(folder, { lab: { openai: proxy.openai, anthropic: undefined }, batchQuiet: 50 });
  const { hash } = await storePlan(context, STUDY);
  const texts: ComposedRange = { kind: 'compose', plan: hash, list: 0, from: 0, to: 4 };
  const { tables } = context.ledger;
  const { writeBatch } = makeBatchActivities(context);
  proxy.seen.length = 0;
  proxy.choose = () => undefined;
  return {
    write: () =>
      asActivity(() => writeBatch({ texts })).then(
        () => 'done',
        (error: Error) => error.message,
      ),
    holds: async () => (await listHolds(tables, hash)).map(({ reason }) => reason),
    letGo: () => liftHold(tables, hash, 'lab-openai'),
    count: async () => (await tables.selectFrom('calls').select('end').execute()).length,
    close: () => context.ledger.close(),
  };
}

const isPost = (path: string) => (seen: SeenRequest) => seen.method === 'POST' && seen.path === path;
const isDownload = ({ path }: SeenRequest): boolean => path.endsWith('/content');
const seenBy = (is: (seen: SeenRequest) => boolean): number => proxy.seen.filter(is).length;
const play = (is: (seen: SeenRequest) => boolean, answer: HostileAnswer, most = Number.POSITIVE_INFINITY): void => {
  let left = most;
  proxy.choose = (seen) => (is(seen) && (left -= 1) >= 0 ? answer : undefined);
};
const changeLines = (change: (line: Record<string, unknown>) => unknown): HostileAnswer => ({
  change: (text) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => `${JSON.stringify(change(JSON.parse(line) as Record<string, unknown>))}\n`)
      .join(''),
});

describe('a batch', () => {
  it('whose file is not known at once is submitted again, with the same file', async () => {
    const batches = await openBatches();
    const message = "Cannot find file 'file-x', or project does not have access to it.";
    const error = { message, type: 'invalid_request_error', param: 'input_file_id', code: null };
    play(isPost('/v1/batches'), { status: 400, body: { error } }, 1);
    expect(await batches.write()).toBe('done');
    // Two turns, each with a file and a batch; and the one that was tried again.
    expect([seenBy(isPost('/v1/files')), seenBy(isPost('/v1/batches'))]).toEqual([2, 3]);
    expect([await batches.count(), await batches.holds()]).toEqual([8, []]);
    await batches.close();
  });

  it.each([404, 400])('that is not found once is polled again; each time, it is held (status %d)', async (status) => {
    const batches = await openBatches();
    const isPoll = ({ method, path }: SeenRequest) => method === 'GET' && /\/batches\/[^/]+$/.test(path);
    const body = { error: { message: 'No such batch', type: 'invalid_request_error' } };
    play(isPoll, { status, body }, 1);
    expect(await batches.write()).toBe('done');
    expect([await batches.count(), await batches.holds()]).toEqual([8, []]);
    await batches.close();
    const others = await openBatches();
    play(isPoll, { status, body });
    expect(await others.write()).toMatch(/cannot be reached/);
    expect([seenBy(isPoll), (await others.holds()).length]).toEqual([3, 1]);
    await others.close();
  });

  it('that is rejected once is submitted again; three times, it is held', async () => {
    const batches = await openBatches();
    const body = { error: { message: 'Bad gateway configuration', type: 'invalid_request_error' } };
    play(isPost('/v1/batches'), { status: 400, body });
    expect(await batches.write()).toMatch(/rejected/);
    expect(await batches.holds()).toEqual([]);
    expect(await batches.write()).toMatch(/rejected/);
    expect(await batches.holds()).toEqual([]);
    expect(await batches.write()).toMatch(/a batch was rejected/);
    expect((await batches.holds()).length).toBe(1);
    proxy.choose = () => undefined;
    await batches.letGo();
    expect(await batches.write()).toBe('done');
    await batches.close();
  });

  it('with an empty name of a file of errors has none', async () => {
    const batches = await openBatches();
    play(({ method, path }) => method === 'GET' && /\/batches\/[^/]+$/.test(path), {
      change: (text) => JSON.stringify({ ...(JSON.parse(text) as object), error_file_id: '' }),
    });
    expect(await batches.write()).toBe('done');
    expect(await batches.count()).toBe(8);
    await batches.close();
  });

  it('of which no line can be read is held after four downloads, and not downloaded again until it is let go', async () => {
    const batches = await openBatches();
    play(isDownload, { body: '<html>Sign in</html>' });
    expect(await batches.write()).toMatch(/no line of the results/);
    expect(await batches.holds()).toEqual([expect.stringMatching(/no line of the results.*etude cancel/)]);
    expect(seenBy(isDownload)).toBe(4);
    expect(await batches.write()).toMatch(/held/);
    expect(seenBy(isDownload)).toBe(4);
    proxy.choose = () => undefined;
    await batches.letGo();
    expect(await batches.write()).toBe('done');
    expect(await batches.count()).toBe(8);
    await batches.close();
  });

  it('whose results come with fewer lines than it counts is downloaded again, and nothing of it is asked twice', async () => {
    const batches = await openBatches();
    play(isDownload, { change: (text) => `${text.split('\n').slice(0, 2).join('\n')}\n` }, 1);
    expect(await batches.write()).toBe('done');
    expect([seenBy(isDownload), seenBy(isPost('/v1/batches'))]).toEqual([3, 2]);
    expect([await batches.count(), await batches.holds()]).toEqual([8, []]);
    await batches.close();
  });

  it('with a limit of the account in its lines keeps the others and is held with the date', async () => {
    const batches = await openBatches();
    const message =
      'You have reached your specified API usage limits. You will regain access on 2027-01-01 at 00:00 UTC.';
    const body = { error: { type: 'invalid_request_error', message } };
    let line = 0;
    play(
      isDownload,
      changeLines((result) => ((line += 1) <= 2 ? { ...result, response: { status_code: 400, body } } : result)),
      1,
    );
    expect(await batches.write()).toMatch(/2027-01-01/);
    expect(await batches.holds()).toEqual([expect.stringContaining('2027-01-01 at 00:00 UTC')]);
    expect(await batches.count()).toBe(2);
    await batches.letGo();
    expect(await batches.write()).toBe('done');
    expect(await batches.count()).toBe(8);
    await batches.close();
  });

  it('with a rejection in its lines keeps nothing of it, and is held', async () => {
    const batches = await openBatches();
    const body = { error: { message: 'Bad request', type: 'invalid_request_error' } };
    play(
      isDownload,
      changeLines((result) => ({ ...result, response: { status_code: 400, body } })),
      1,
    );
    expect(await batches.write()).toMatch(/status 400.*rejected/);
    expect([await batches.count(), (await batches.holds()).length]).toEqual([0, 1]);
    await batches.letGo();
    expect(await batches.write()).toBe('done');
    expect(await batches.count()).toBe(8);
    await batches.close();
  });

  it('with one rejection before lines that are well is not held, and asks for that one again', async () => {
    const batches = await openBatches();
    const body = { error: { message: 'Bad request', type: 'invalid_request_error' } };
    let line = 0;
    play(
      isDownload,
      changeLines((result) => ((line += 1) === 1 ? { ...result, response: { status_code: 400, body } } : result)),
      1,
    );
    expect(await batches.write()).toMatch(/status 400.*rejected/);
    expect([await batches.count(), await batches.holds()]).toEqual([3, []]);
    expect(await batches.write()).toBe('done');
    expect(await batches.count()).toBe(8);
    await batches.close();
  });

  it('keeps the replies that were read before another of its files cannot be reached', async () => {
    const batches = await openBatches();
    const isPoll = ({ method, path }: SeenRequest) => method === 'GET' && /\/batches\/[^/]+$/.test(path);
    proxy.choose = (seen) => {
      if (isPoll(seen))
        return { change: (text) => JSON.stringify({ ...(JSON.parse(text) as object), error_file_id: 'file-none' }) };
      if (!isDownload(seen) || seen.path.includes('file-none')) return undefined;
      return { change: (text) => `${text.split('\n').slice(0, 2).join('\n')}\n` };
    };
    expect(await batches.write()).toMatch(/cannot be reached/);
    expect(await batches.count()).toBe(2);
    expect(await batches.holds()).toEqual([expect.stringContaining('cannot be reached')]);
    proxy.choose = () => undefined;
    await batches.letGo();
    expect(await batches.write()).toBe('done');
    expect(await batches.count()).toBe(8);
    await batches.close();
  });
});
