/** A person's hand on a study at work: a provider's quota ends in the middle, and what is told to the study reaches it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { listWaits } from '../../activities/ledger/holds.ts';
import { withStudyOf } from '../../client/home/with-study.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { countCalls, endLabFaults, runCli, startCli, untilGone, whileRunning } from '../support/cli.ts';
import { makeHome, MINI, runUndisturbed, shareBase } from '../support/runner/mini-study.ts';
import { makeScratch } from '../support/scratch.ts';

const LIMIT_MS = 900_000;

interface Told {
  readonly state: string;
  readonly waiting: readonly { readonly subject: string; readonly reason: string; readonly remedy: string }[];
}

const scratch = makeScratch();
const home = makeHome(scratch, 'waiting');
const faultsFile = join(scratch, 'faults.json');
const tell = (...args: string[]) => runCli([...args, '--home', home]);

async function readStatus(): Promise<Told> {
  const { stdout } = await tell('status', 'mini', '--json');
  return (JSON.parse(stdout) as { studies: [Told] }).studies[0];
}

/** As `status` does it, without the cost of a process. */
const isWaiting = (): Promise<boolean> =>
  withStudyOf(openHome(home), 'mini', async ({ ledger, study }) => (await listWaits(ledger.tables, study)).length > 0);

async function expectRefused(said: RegExp, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await tell(...args);
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(said) });
  expect(stderr).not.toMatch(/^ +at /m);
}

describe('a study at work whose provider runs out of quota', () => {
  it(
    'says who must do what, goes on elsewhere, and ends with the same bytes once it is resumed',
    async () => {
      // Every request of the graders fails from the start; the teacher's requests and trainings go on.
      const models = ['lab-lenient'];
      writeFileSync(faultsFile, JSON.stringify({ transport: { quota: 1 }, models }));
      await shareBase(home);
      const cli = startCli(['start', MINI, '--home', home], { ETUDE_LAB_FAULTS: faultsFile });
      await whileRunning(cli, () => countCalls(home, 'lab-anthropic') === 0 && countCalls(home) > 40);

      await expectRefused(/cannot be -5/, 'raise-budget', 'mini', '--usd', '-5');
      await expectRefused(/is not a number/, 'raise-budget', 'mini', '--usd', 'many');
      await expectRefused(/cannot be 0/, 'rates', 'mini', '--model', 'tiny', '--rpm', '0');
      await expectRefused(/no model "lab"/, 'rates', 'mini', '--model', 'lab', '--rpm', '10');
      await expectRefused(/no provider "nobody"/, 'resume', 'mini', '--provider', 'nobody');
      await expectRefused(/not paused/, 'resume', 'mini');
      const rates = await tell('rates', 'mini', '--model', 'tiny', '--concurrency', '4', '--rpm', '6000', '--json');
      expect(JSON.parse(rates.stdout)).toMatchObject({ model: 'tiny', rate: { concurrency: 4 } });

      while (!(await isWaiting())) await sleep(100);
      const wait = {
        subject: 'lab-anthropic',
        reason: expect.stringContaining('quota'),
        remedy: './etude resume mini --provider lab-anthropic',
      };
      expect(await readStatus()).toMatchObject({ state: 'running', waiting: [wait] });
      // Everything that needs no lenient grader is done meanwhile.
      await whileRunning(cli, () => cli.said().includes('waiting for a person: lab-anthropic'));
      expect(countCalls(home, 'lab-anthropic')).toBe(0);

      expect(JSON.parse((await tell('pause', 'mini', '--json')).stdout)).toEqual({ study: 'mini', paused: true });
      await expectRefused(/paused already/, 'pause', 'mini');
      const before = countCalls(home);
      await endLabFaults(home, faultsFile);
      const resumed = await tell('resume', 'mini', '--provider', 'lab-anthropic', '--json');
      expect(JSON.parse(resumed.stdout)).toMatchObject({ provider: 'lab-anthropic', held: false });
      expect(countCalls(home)).toBe(before);
      expect((await tell('resume', 'mini')).code).toBe(0);

      const { code, stderr } = await cli.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(readFileSync(join(home, 'runs/mini/results.json'), 'utf8')).toBe((await runUndisturbed()).results);
      await untilGone(home);
    },
    LIMIT_MS,
  );

  it('is told, when it is finished, that there is nothing left to hold', async () => {
    await expectRefused(/is finished/, 'pause', 'mini');
  });
});
