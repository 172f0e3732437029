/** A study that is stopped again and again, in every phase and in every way, ends with the bytes of the undisturbed one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countCalls, findProcess, runCli, SERVER, startCli, TRAINER, untilGone, whileRunning } from '../support/cli.ts';
import { makeHome, MINI, runUndisturbed, varyMini } from '../support/runner/mini-study.ts';
import { makeScratch, takePort } from '../support/scratch.ts';

const LIMIT_MS = 900_000;

const scratch = makeScratch();
const home = makeHome(scratch, 'interrupted');
const start = () => startCli(['start', MINI, '--home', home]);

/** Sends the signal as soon as the phase has come; resolves when no process of the home is left. */
async function interrupt(signal: NodeJS.Signals, phase: () => unknown): Promise<number | null> {
  const cli = start();
  await whileRunning(cli, () => Boolean(phase()));
  cli.kill(signal);
  const { code, stderr } = await cli.ended;
  if (signal !== 'SIGKILL') expect(stderr).toContain('Continue the study with the same command');
  expect(stderr).not.toMatch(/^ +at /m);
  return code;
}

describe('a study that is interrupted', () => {
  it(
    'by Ctrl-C while it composes: exit 130, and nothing of it is left running',
    async () => {
      expect(await interrupt('SIGINT', () => countCalls(home) >= 3)).toBe(130);
      await untilGone(home);
    },
    LIMIT_MS,
  );

  it('has a report that says so, and no results', async () => {
    const { code, stdout } = await runCli(['report', 'mini', '--home', home, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ study: 'mini', results: null });
    expect(existsSync(join(home, 'runs/mini/results.json'))).toBe(false);
    const text = await runCli(['report', 'mini', '--home', home]);
    expect(text.stdout).toContain('not finished');
    const status = await runCli(['status', 'mini', '--home', home, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ studies: [{ state: 'stopped' }] });
  });

  it('may be given a cap, which every start keeps', async () => {
    const { code, stdout } = await runCli(['raise-budget', 'mini', '--usd', '5', '--home', home, '--json']);
    expect({ code, said: JSON.parse(stdout) as unknown }).toMatchObject({ code: 0, said: { usd: 5, before: null } });
  });

  it(
    'by SIGTERM while it trains: exit 143, and nothing of it is left running',
    async () => {
      expect(await interrupt('SIGTERM', () => findProcess(home, TRAINER))).toBe(143);
      await untilGone(home);
    },
    LIMIT_MS,
  );

  it(
    'by kill -9 while a student is served: everything ends with it',
    async () => {
      await interrupt('SIGKILL', () => findProcess(home, SERVER));
      await untilGone(home);
    },
    LIMIT_MS,
  );

  it(
    'goes on to the same bytes, also when its old port is taken; a cap that its file now names replaces the other',
    async () => {
      const before = await runCli(['status', 'mini', '--home', home, '--json']);
      expect(JSON.parse(before.stdout)).toMatchObject({ studies: [{ capUsd: 5 }] });
      const capped = varyMini(scratch, 'limited', ['rates:\n', 'limits: { usd: 7 }\nrates:\n']);
      const { grpc } = JSON.parse(readFileSync(join(home, '.etude/temporal.json'), 'utf8')) as { grpc: number };
      const other = await takePort(grpc);
      const { code, stdout, stderr } = await startCli(['start', capped, '--home', home]).ended;
      other.close();
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout).toContain('Cap on spending: $7, from the study file; it was $5 before.');
      expect(readFileSync(join(home, 'runs/mini/results.json'), 'utf8')).toBe((await runUndisturbed()).results);
      await untilGone(home);
    },
    LIMIT_MS,
  );
});
