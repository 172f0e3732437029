/** A study whose parts are killed one after the other while it runs: it starts them again and ends with the same bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { kill9 } from '../../chaos/victims.ts';
import {
  countCalls,
  findProcess,
  LAB,
  runCli,
  SERVER,
  startCli,
  TEMPORAL,
  TRAINER,
  untilGone,
  whileRunning,
  WORKER,
  type Cli,
} from '../support/cli.ts';
import { makeHome, MINI, runUndisturbed } from '../support/runner/mini-study.ts';
import { makeScratch } from '../support/scratch.ts';

const LIMIT_MS = 600_000;

const scratch = makeScratch();
const home = makeHome(scratch, 'dead-parts');

async function killWhenThere(cli: Cli, part: RegExp): Promise<void> {
  await whileRunning(cli, () => {
    const found = findProcess(home, part);
    return found && kill9(found.pid);
  });
}

describe('a study whose parts are killed with -9', () => {
  it(
    'starts them again, keeps others out of its home, and ends with the same bytes',
    async () => {
      const cli = startCli(['start', MINI, '--home', home]);
      await whileRunning(cli, () => countCalls(home) >= 3);
      await killWhenThere(cli, LAB);
      await killWhenThere(cli, WORKER);
      const second = await runCli(['start', MINI, '--home', home]);
      expect(second.code).toBe(1);
      expect(second.stderr).toMatch(new RegExp(`in use by etude start mini \\(process ${cli.child.pid}`));
      expect(second.stderr).toContain('--home');
      await killWhenThere(cli, TEMPORAL);
      const status = await runCli(['status', '--home', home, '--json']);
      expect(JSON.parse(status.stdout)).toMatchObject({ studies: [{ study: 'mini', state: 'running' }] });
      await killWhenThere(cli, TRAINER);
      await killWhenThere(cli, SERVER);
      const { code, stdout, stderr } = await cli.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const name of ['The lab', 'The worker', 'The Temporal server'])
        expect(stdout).toContain(`${name} ended unexpectedly; restarting it`);
      expect(readFileSync(join(home, 'runs/mini/results.json'), 'utf8')).toBe((await runUndisturbed()).results);
      await untilGone(home);
    },
    LIMIT_MS,
  );
});
