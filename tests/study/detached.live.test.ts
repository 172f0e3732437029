import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { processesOf } from '../../chaos/victims.ts';
import { runCli, startCli, untilGone, whileRunning } from '../support/cli.ts';
import { makeScratch, PROJECT } from '../support/scratch.ts';

const scratch = makeScratch();
const mini = join(PROJECT, 'tests/study/mini.yaml');

describe('a study that is started with --detach', () => {
  const home = join(scratch, 'home');
  // Replies so late that the study is still at work when it is stopped.
  const late = { ETUDE_LAB_FAULTS: JSON.stringify({ latencyMilliseconds: 20_000 }) };
  const etude = (...args: string[]) => runCli([...args, '--home', home], late);
  const status = async () => (await etude('status', 'mini', '--exit-code')).code;

  it('runs without a terminal, outlives a hang-up, can be attached to, and is stopped in order', async () => {
    try {
      const started = await etude('start', mini, '--detach', '--json');
      expect(started).toMatchObject({ code: 0 });
      const { pid, log } = JSON.parse(started.stdout) as { pid: number; log: string };
      process.kill(pid, 'SIGHUP');
      expect(await status()).toBe(5);
      // A second one is refused, with the words of its log.
      const second = await etude('start', mini, '--detach');
      expect(second.code).toBe(1);
      expect(second.stderr).toMatch(/in use by etude start mini/);
      const attached = startCli(['attach', '--home', home]);
      await whileRunning(attached, () => /of about [\d,]+ calls/.test(attached.said()));
      attached.kill('SIGINT');
      expect((await attached.ended).stdout).toContain('the study continues');
      expect(() => process.kill(pid, 0)).not.toThrow();
      expect(await etude('stop')).toMatchObject({ code: 0, stderr: '' });
      await untilGone(home);
      expect(readFileSync(log, 'utf8')).toContain('Stopped by SIGTERM');
      expect(await status()).toBe(6);
      for (const command of ['stop', 'attach']) {
        const none = await etude(command);
        expect(none.code).toBe(1);
        expect(none.stderr).toContain('No study runs');
      }
    } finally {
      for (const { pid } of processesOf(home)) process.kill(pid, 'SIGKILL');
      await untilGone(home);
    }
  });

  it('with a mistake in its file is refused at once, and leaves no log', async () => {
    const { code, stderr } = await etude('start', join(scratch, 'missing.yaml'), '--detach');
    expect(code).toBe(1);
    expect(stderr).toContain('missing.yaml');
  });
});
