import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../contracts/failures.ts';
import { keepRunning } from '../../../infra/processes/keep-running.ts';
import { startGuarded } from '../../../infra/processes/start-guarded.ts';
import { eventually, makeScratch } from '../scratch.ts';

const scratch = makeScratch();

/** `mayStart` throws instead of the n-th start. */
function keep(name: string, script: string, mayStart: (n: number) => void = () => undefined) {
  const logFile = join(scratch, `${name}.log`);
  const lines: string[] = [];
  let starts = 0;
  const start = async () => {
    mayStart((starts += 1));
    return startGuarded({ command: '/bin/sh', args: ['-c', script], logFile });
  };
  const kept = keepRunning({ name: 'The part', logFile, start, report: (line) => lines.push(line) });
  // A shell may write there that somebody was terminated.
  const pids = () => readFileSync(logFile, 'utf8').match(/^\d+$/gm)?.map(Number) ?? [];
  return { kept, lines, pids, logFile };
}

describe('a part that is kept running', () => {
  it('is started again when it is killed, and not when it is stopped', async () => {
    const { kept, lines, pids, logFile } = keep('lasting', 'echo $$; exec sleep 1000');
    const { stop } = await kept;
    const [first] = await eventually(() => pids().length === 1 && pids());
    process.kill(first as number, 'SIGKILL');
    // The new part writes to its log in the moment before its start is told.
    await eventually(() => pids().length === 2 && lines.length === 1);
    expect(lines).toEqual([`The part ended unexpectedly and is started again (log: ${logFile}).`]);
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

  it('is given up, with its last reason, when it cannot be started again', async () => {
    const { kept } = keep('stuck', 'exit 1', (n) => {
      if (n > 1) throw new UserError(`Its port was taken at start ${n}.`, 'Free it.');
    });
    const { broken, stop } = await kept;
    await expect(broken).rejects.toThrow('Its port was taken at start 5.');
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
