import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../contracts/failures.ts';
import type { Clock } from '../../../infra/processes/clock.ts';
import { keepRunning, KilledError } from '../../../infra/processes/keep-running.ts';
import { startGuarded } from '../../../infra/processes/start-guarded.ts';
import { eventually, makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();

/** `mayStart` throws instead of the n-th start. */
function keep(name: string, script: string, mayStart: (n: number, log: string) => void = () => undefined) {
  const logFile = join(scratch, `${name}.log`);
  const lines: string[] = [];
  let starts = 0;
  const start = async () => {
    mayStart((starts += 1), logFile);
    return startGuarded({ command: '/bin/sh', args: ['-c', script], logFile });
  };
  const clock = passingClock();
  const kept = keepRunning({ name: 'The part', logFile, start, report: (line) => lines.push(line), clock });
  // A shell may write there that somebody was terminated.
  const pids = () => readFileSync(logFile, 'utf8').match(/^\d+$/gm)?.map(Number) ?? [];
  return { kept, lines, pids, logFile, clock };
}

/** Time that passes only by pauses, at once. */
function passingClock(): Clock & { pauses: number[] } {
  const pauses: number[] = [];
  const now = () => pauses.reduce((sum, pause) => sum + pause, 0);
  return { pauses, now, sleep: async (milliseconds) => void pauses.push(milliseconds) };
}

describe('a part that is kept running', () => {
  it('is started again when it is killed, and not when it is stopped', async () => {
    const { kept, lines, pids, logFile } = keep('lasting', 'echo $$; exec sleep 1000');
    const { stop } = await kept;
    const [first] = await eventually(() => pids().length === 1 && pids());
    process.kill(first as number, 'SIGKILL');
    // The new part writes to its log in the moment before its start is told.
    await eventually(() => pids().length === 2 && lines.length === 1);
    expect(lines).toEqual([`The part ended unexpectedly; restarting it (log: ${logFile}).`]);
    await stop();
    expect(pids()).toHaveLength(2);
  });

  it('is started again when it died while it started', async () => {
    const { kept, pids } = keep('unlucky', 'echo $$; exec sleep 1000', (n) => {
      if (n === 2 || n === 3) throw new UserError('It was killed.', 'Start it again.');
    });
    const { stop } = await kept;
    const [first] = await eventually(() => pids().length === 1 && pids());
    process.kill(first as number, 'SIGKILL');
    await eventually(() => pids().length === 2);
    await stop();
  });

  it('is started again when it was killed while it started for the first time', async () => {
    const { kept, lines, pids, logFile } = keep('early', 'echo $$; exec sleep 1000', (n, log) => {
      if (n < 3) throw new KilledError('The part', log);
    });
    const { stop } = await kept;
    await eventually(() => pids().length === 1);
    const line = `The part was killed while it started; restarting it (log: ${logFile}).`;
    expect(lines).toEqual([line, line]);
    await stop();
  });

  it('is given up when it is killed at each of its first starts, and names its log', async () => {
    let starts = 0;
    const { kept, logFile, clock } = keep('doomed', 'exec sleep 1000', (n, log) => {
      starts = n;
      throw new KilledError('The part', log);
    });
    await expect(kept).rejects.toThrow(`The part was killed while it started; see the end of ${logFile}.`);
    expect(starts).toBe(5);
    expect(clock.pauses).toEqual([500, 1_000, 1_500, 2_000]);
  });

  it('is not started again when its first start shows what is wrong with it', async () => {
    let starts = 0;
    const { kept } = keep('mistaken', 'exec sleep 1000', (n) => {
      starts = n;
      throw new UserError('Its database is of a newer version.', 'Name that one.');
    });
    await expect(kept).rejects.toThrow('Its database is of a newer version.');
    expect(starts).toBe(1);
  });

  it('is given up, with its last reason, when it cannot be started again', async () => {
    let last = 0;
    const { kept } = keep('stuck', 'exit 1', (n) => {
      last = n;
      if (n > 1) throw new UserError(`Its port was taken at start ${n}.`, 'Free it.');
    });
    const { broken, stop } = await kept;
    const error = await broken.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: `Its port was taken at start ${last}.` });
    expect(last).toBe(5);
    await stop();
  });

  it('is given up when it keeps ending', async () => {
    const { kept, pids } = keep('failing', 'echo $$; exit 1');
    const { broken, stop } = await kept;
    await expect(broken).rejects.toThrow(UserError);
    expect(pids()).toHaveLength(5);
    await stop();
  });
});
