import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { endFormerWorkers } from '../../../client/home/worker-process.ts';
import { openHome } from '../../../infra/home/open-home.ts';
import { findProcesses } from '../../../infra/processes/end-leftovers.ts';
import { eventually, isAlive, makeScratch, startOwner } from '../../support/scratch.ts';

const scratch = makeScratch();

/** The command line of its guard names it too. */
function findWorker(marks: readonly string[]): number | undefined {
  // In this order: what a guard forks meanwhile is no worker yet.
  const all = findProcesses(marks);
  const guards = new Set(findProcesses(['/bin/sh', ...marks]));
  return all.find((pid) => !guards.has(pid));
}

describe('a worker whose owner was killed with -9', () => {
  it('is waited for by the next owner: until it has ended it may be sending', async () => {
    const home = openHome(scratch);
    const owner = startOwner(
      scratch,
      'owner',
      `import { openHome } from '#project/infra/home/open-home.ts';
       import { startWorker } from '#project/client/home/worker-process.ts';
       const home = openHome(${JSON.stringify(scratch)});
       const places = { address: '127.0.0.1:1', namespace: 'default', shared: false, lab: undefined, ownerPid: process.pid };
       console.log(startWorker({ ...places, home, python: 'none', logFile: home.logs + '/worker.log' }).pid);`,
    );
    const guard = Number(await owner.line());
    const worker = await eventually(() => findWorker([`worker-of=${realpathSync(home.state)}`]));
    // As one that is busy: it does not hear that it is to end.
    process.kill(worker, 'SIGSTOP');
    await owner.end();
    const waiting = endFormerWorkers(home);
    expect(await Promise.race([waiting, sleep(1_000, 'waits')])).toBe('waits');
    process.kill(worker, 'SIGCONT');
    await waiting;
    // They are gone from the list of processes a moment before they have ended.
    await eventually(() => !isAlive(worker) && !isAlive(guard));
  });
});
