/** What a person can get wrong, and what the machine can refuse: exit 1, the place and the remedy, never a stack. */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runCli, startCli, whileRunning } from '../support/cli.ts';
import { MINI } from '../support/runner/mini-study.ts';
import { makeScratch, writeFileIn } from '../support/scratch.ts';
import { fillDisk, mountSmallDisk } from '../support/small-disk.ts';

const scratch = makeScratch();
async function expectRefused(args: readonly string[], ...said: RegExp[]): Promise<void> {
  const { code, stdout, stderr } = await runCli(args, { NO_COLOR: '1' });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  for (const part of said) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stderr).not.toContain('\u001b[');
}

describe('a mistake', () => {
  it('in the command or the name of a file is answered with the remedy', async () => {
    await expectRefused(['begin'], /unknown command 'begin'/);
    await expectRefused(['start'], /missing required argument 'file'/);
    await expectRefused(['start', join(scratch, 'none.yaml'), '--home', scratch], /none\.yaml/);
    await expectRefused(['worker', '--home', join(scratch, 'idle')], /is not a home of Etude/, /etude start/);
    await expectRefused(['lab', '--openai-port', 'x'], /--openai-port x is not a port/);
    await expectRefused(['lab', '--faults', '{"transport": {"hung": 2}}'], /transport\.hung/);
    await expectRefused(['lab', '--faults', '{"transport"'], /--faults cannot be read/, /JSON/);
  });

  it('is one JSON value on standard error with --json', async () => {
    const { code, stdout, stderr } = await runCli(['report', 'none', '--home', join(scratch, 'idle'), '--json']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({ error: expect.stringContaining('idle'), remedy: expect.any(String) });
  });

  it('in the choice of a home is answered with the remedy', async () => {
    const file = writeFileIn(scratch, 'a-file', '');
    await expectRefused(['start', MINI, '--home', join(file, 'home')], /a part of its path is a file/, /--home/);

    const dangling = join(scratch, 'dangling');
    symlinkSync(join(scratch, 'nowhere'), dangling);
    await expectRefused(['start', MINI, '--home', dangling], /cannot be made there/, /--home/);
    if (process.getuid?.() === 0) return; // nothing is closed to root
    const closed = join(scratch, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    await expectRefused(['start', MINI, '--home', closed], /may not write there/);
  });

  const disk = mountSmallDisk(400);
  (disk === undefined ? it.skip : it)('is a full disk too', async () => {
    fillDisk(disk as string);
    await expectRefused(['start', MINI, '--home', join(disk as string, 'home')], /disk is full/, /Free some space/);
  });
});

describe('the lab in the foreground', () => {
  it('says where it answers, fails as it is told to, and ends with Ctrl-C', async () => {
    const cli = startCli(['lab', '--json', '--faults', '{"transport": {"quota": 1}}']);
    const said = await whileRunning(cli, () => cli.said().includes('}') && cli.said());
    const { openaiUrl } = JSON.parse(said) as { openaiUrl: string };
    const headers = { authorization: 'Bearer x' };
    const body = JSON.stringify({ model: 'lab-teacher', messages: [{ role: 'user', content: 'Topic: harbour' }] });
    expect((await fetch(`${openaiUrl}/chat/completions`, { method: 'POST', headers, body })).status).toBe(429);
    cli.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
  });
});
