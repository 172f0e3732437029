import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { endLeftovers, findProcesses } from '../../../infra/processes/end-leftovers.ts';
import { eventually, makeScratch } from '../scratch.ts';

const scratch = makeScratch();

describe('leftovers of an earlier owner', () => {
  it('are found by all their marks and killed when they stay', async () => {
    const marks = [`${scratch}/a.db`, 'start-dev'];
    const child = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', ...marks]);
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    await eventually(() => findProcesses(marks).includes(child.pid as number));
    expect(findProcesses([...marks, 'elsewhere'])).toEqual([]);
    await endLeftovers({ marks, patienceSeconds: 0 });
    expect(await ended).toBe('SIGKILL');
  });

  it('are nothing to wait for when there are none', async () => {
    await endLeftovers({ marks: [`${scratch}/none.db`], patienceSeconds: 60 });
  });
});
