import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { saveStudy } from '../../activities/ledger/studies.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import { Store } from '../../activities/shared/store.ts';
import type { CalibrateResult } from '../../client/calibrate/lay-out-calibration.ts';
import { calibrateStudy } from '../../client/commands/calibrate.ts';
import type { Terminal } from '../../client/terminal/terminal.ts';
import { hubDigest } from '../../domain/corpus/training-jobs.ts';
import { generatedWriter } from '../../domain/requests/item-requests.ts';
import { requestKey, studentOf } from '../../domain/requests/requests.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { smallStudy, storePlan } from '../support/small-study.ts';
import { replyOf } from '../support/test-home.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'etude-calibrate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A home with a finished study of a downloaded student, whose answers are in the ledger and not graded. */
async function makeHome(given: object = {}): Promise<void> {
  const home = openHome(folder);
  const ledger = new Ledger(await openLedger(home.ledger));
  const store = new Store(home.store);
  const study = smallStudy({ arms: [{ id: 'base', untrained: true }], ...given });
  const { plan, hash } = await storePlan({ store } as ActivityContext, study);
  const { base } = studentOf(plan, 'tiny');
  const digest = base.from === 'hub' ? hubDigest(base) : '';
  const tuned = { student: 'tiny', arm: 'base', replicate: 0, partition: 0 };
  for (const [list, { items }] of plan.evaluation.entries())
    for (const index of items.keys())
      for (const generation of [0, 1]) {
        const request = generatedWriter(plan, { tuned, list, index, generation }, digest).requestAfter([]);
        const text = `By jove, the harbour number ${index} waited like a ghost.`;
        await ledger.keep(requestKey(request), request, replyOf(text));
      }
  const { limits, rates, cluster } = study;
  await saveStudy(ledger.tables, { name: 'small', plan: hash, runtime: { limits, rates, cluster }, state: 'finished' });
  await ledger.close();
}

async function run(options: object): Promise<CalibrateResult> {
  let result: unknown;
  const terminal: Terminal = {
    json: true,
    say: () => {},
    update: () => {},
    finish: (value) => void (result = value),
    live: false,
    endWithReader: () => undefined,
  };
  await calibrateStudy('small', { home: folder, variant: 'structured', ...options }, terminal);
  return result as CalibrateResult;
}

describe('etude calibrate', () => {
  it('grades the same texts under both prompts, in the lab without keys, and asks nothing twice', async () => {
    await makeHome();
    const first = await run({ texts: '6' });
    expect(first).toMatchObject({
      texts: 6,
      pairs: 6,
      asked: 12,
      grader: 'strict',
      unparsable: { own: 0, variant: 0 },
    });
    // The strict grader is a program: its verdicts do not depend on the form of the reply.
    for (const shift of [...first.points, ...first.metrics]) expect(shift).toMatchObject({ mean: 0, agreement: 1 });
    expect(first.points.map(({ figure }) => figure)).toEqual(['skill', 'topic', 'sense', 'length']);
    expect(first.points[3]?.own).toBe(1);
    expect(await run({ texts: '6' })).toEqual({ ...first, asked: 0 });
  });

  it('shows what a grader changes that depends on its prompt', async () => {
    await makeHome();
    const { points, grader } = await run({ grader: 'lenient' });
    expect(grader).toBe('lenient');
    expect(points[0]?.agreement).toBeLessThan(1);
    expect(points[0]?.ci?.[0]).toBeLessThan(points[0]?.mean ?? 0);
  });

  it('names the cost and pays nothing without --yes', async () => {
    const provider = { protocol: 'openai', endpoint: 'http://127.0.0.1:9/v1', apiKey: 'ETUDE_TEST_KEY' };
    const providers = { 'lab-openai': provider, 'lab-anthropic': { protocol: 'anthropic', endpoint: 'lab' } };
    await makeHome({ providers, prices: { 'lab-openai/lab-strict': { input: 10, output: 20 } } });
    await expect(run({ texts: '4' })).rejects.toThrow(
      /^4 texts; 8 gradings are not in the ledger: about \$0\.\d*[1-9]\d*\.$/,
    );
  });

  it.each([
    [{ variant: 'structred' }, '--variant: "structred" is not known'],
    [{ variant: 'default' }, 'is asked with "default" already'],
    [{ grader: 'nobody' }, '--grader: "nobody" is not known'],
    [{ texts: '1' }, '--texts 1 is not a number of texts'],
  ])('refuses %j', async (options, message) => {
    await makeHome();
    await expect(run(options)).rejects.toThrow(message);
  });
});
