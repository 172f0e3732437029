/** A study that is cancelled while it runs: everything of it ends, and its start command continues it to the same bytes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findProcess, runCli, startCli, TRAINER, untilGone, whileRunning } from '../support/cli.ts';
import { makeHome, MINI, runUndisturbed } from '../support/runner/mini-study.ts';
import { makeScratch } from '../support/scratch.ts';

const scratch = makeScratch();
const home = makeHome(scratch, 'cancelled');

it('a study that is cancelled stops what it trains, keeps what it has, and is gone on with', async () => {
  const cli = startCli(['start', MINI, '--home', home]);
  await whileRunning(cli, () => findProcess(home, TRAINER));
  const { code, stdout } = await runCli(['cancel', 'mini', '--home', home, '--json']);
  expect({ code, said: JSON.parse(stdout) as unknown }).toEqual({
    code: 0,
    said: { study: 'mini', state: 'cancelled', batches: 0 },
  });
  const { code: ended, stderr } = await cli.ended;
  expect(ended).toBe(1);
  expect(stderr).toContain('Study mini was cancelled');
  await untilGone(home);
  const status = await runCli(['status', 'mini', '--home', home, '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({ studies: [{ state: 'cancelled' }] });
  expect((await runCli(['start', MINI, '--home', home])).code).toBe(0);
  expect(readFileSync(join(home, 'runs/mini/results.json'), 'utf8')).toBe((await runUndisturbed()).results);
}, 600_000);
describe('a mistyped home', () => {
  it.each([['status'], ['report'], ['pause'], ['cancel'], ['backup']])(
    'is told by %s, and not made',
    async (command) => {
      const nowhere = join(scratch, 'nowhere-at-all');
      const { code, stderr } = await runCli([command, ...(command === 'status' ? [] : ['mini']), '--home', nowhere]);
      expect(code).toBe(1);
      expect(stderr).toContain(nowhere);
      expect(existsSync(nowhere)).toBe(false);
    },
  );
});
