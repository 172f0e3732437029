/** A study that one version of the workflows starts and the next one ends: stopped, "pulled", started again. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../contracts/workflows.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../infra/temporal/dev-server.ts';
import { countCalls, runCli, startCli, untilGone, whileRunning } from '../support/cli.ts';
import { MINI, runUndisturbed, shareBase } from '../support/runner/mini-study.ts';
import { makeScratch, PROJECT } from '../support/scratch.ts';

const LIMIT_MS = 600_000;

const scratch = makeScratch();
const home = join(scratch, 'upgraded');

/** The home keeps the bundle of its workflows: the next version's is put in its place. */
async function pull(): Promise<void> {
  const folder = join(home, '.etude/bundles');
  const [bundle, ...others] = readdirSync(folder);
  expect({ bundle, others }).toEqual({ bundle: expect.any(String), others: [] });
  const workflowsPath = join(PROJECT, 'tests/replay/fixtures/next-version.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  writeFileSync(join(folder, String(bundle)), code);
}

/** Whether these workflows recorded that they run with the change. */
async function readPatches(workflowIds: readonly string[]): Promise<boolean[]> {
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, () => undefined);
  const server = await startTemporal({ binary, home: openHome(home), searchAttributes: SEARCH_ATTRIBUTES });
  const connection = await Connection.connect({ address: server.address });
  try {
    const { workflow } = new Client({ connection });
    const histories = await Promise.all(workflowIds.map((id) => workflow.getHandle(id).fetchHistory()));
    return histories.map(({ events }) => Boolean(events?.some((event) => event.markerRecordedEventAttributes)));
  } finally {
    await connection.close();
    await server.stop();
  }
}

it(
  'a study goes on under a new version of its workflows, and ends with the same bytes',
  async () => {
    await shareBase(home);
    const cli = startCli(['start', MINI, '--home', home]);
    await whileRunning(cli, () => countCalls(home) >= 3);
    cli.kill('SIGINT');
    expect((await cli.ended).code).toBe(130);
    await untilGone(home);
    await pull();
    const { code, stderr } = await runCli(['start', MINI, '--home', home]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(join(home, 'runs/mini/results.json'), 'utf8')).toBe((await runUndisturbed()).results);
    const ids = ['mini/compose/k1/from-0', 'mini/evaluate/tiny/base/k2/train/from-0'];
    expect(await readPatches(ids)).toEqual([false, true]);
  },
  LIMIT_MS,
);
