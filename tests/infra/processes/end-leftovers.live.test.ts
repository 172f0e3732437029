import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { UserError } from '../../../contracts/failures.ts';
import { endLeftovers, findProcesses } from '../../../infra/processes/end-leftovers.ts';
import { eventually, makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();

afterEach(() => {
  jest.restoreAllMocks();
});

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

  it('of another account are named, with what to do', async () => {
    const marks = [`${scratch}/b.db`, 'start-dev'];
    const child = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', ...marks]);
    await eventually(() => findProcesses(marks).includes(child.pid as number));
    // Tests run as root in places, whom the system refuses nothing.
    const refused = jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    const failure = await endLeftovers({ marks, patienceSeconds: 0 }).catch((error: unknown) => error);
    refused.mockRestore();
    child.kill('SIGKILL');
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toMatch(/Process \d+ of an earlier run in this home is still running/);
    expect((failure as UserError).remedy).toMatch(/ps -o user= -p \d+/);
  });

  it('are nothing to wait for when there are none', async () => {
    await endLeftovers({ marks: [`${scratch}/none.db`], patienceSeconds: 60 });
  });
});
