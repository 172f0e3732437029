import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startGuarded } from '../../../infra/processes/start-guarded.ts';
import { eventually, isAlive, makeScratch, startOwner } from '../../support/scratch.ts';

const scratch = makeScratch();
const logFile = (name: string) => join(scratch, 'logs', `${name}.log`);
const readLog = (name: string) => readFileSync(logFile(name), 'utf8');
const shell = (name: string, script: string, graceSeconds = 1) =>
  startGuarded({ command: '/bin/sh', args: ['-c', script], logFile: logFile(name), graceSeconds });

/** The process ids that the script has written, one a line; a shell may write there that somebody was killed. */
const listPids = (name: string): number[] => readLog(name).match(/^\d+$/gm)?.map(Number) ?? [];
const readPids = (name: string, count: number) =>
  eventually(() => {
    const pids = listPids(name);
    return pids.length === count && pids;
  });

describe('a guarded process', () => {
  it('has its output in the log and its exit code observed', async () => {
    const guarded = shell('plain', 'echo out; echo err >&2; exit 7');
    expect(await guarded.exited).toEqual({ code: 7, signal: null });
    expect(readLog('plain')).toBe('out\nerr\n');
    expect(guarded.running()).toBe(false);
  });

  it('reports the signal that ended it as 128 + n', async () => {
    expect(await shell('signal', 'kill -TERM $$').exited).toEqual({ code: 143, signal: null });
  });

  it('gets SIGTERM and the time to clean up when it is stopped', async () => {
    const guarded = shell('polite', 'trap "echo cleaned; exit 3" TERM; echo $$; while :; do sleep 0.1; done', 60);
    await readPids('polite', 1);
    expect(await guarded.stop()).toEqual({ code: 3, signal: null });
    expect(readLog('polite')).toContain('cleaned');
  });

  it('is killed with its whole group when it ignores SIGTERM', async () => {
    const stubborn = 'trap "" TERM; echo $$; (echo $(exec sh -c "echo \\$PPID"); while :; do sleep 0.1; done) & wait';
    const guarded = shell('stubborn', stubborn);
    const pids = await readPids('stubborn', 2);
    await guarded.stop();
    await eventually(() => !pids.some(isAlive));
  });

  it('leaves none of its own children behind when it ends of itself', async () => {
    const guarded = shell('parent', 'sleep 1000 & echo $!');
    await guarded.exited;
    const [child] = await readPids('parent', 1);
    await eventually(() => !isAlive(child as number));
  });

  it('ends when its owner is killed with -9', async () => {
    const owner = startOwner(
      scratch,
      'owner',
      `import { startGuarded } from '#project/infra/processes/start-guarded.ts';
       startGuarded({ command: '/bin/sh', args: ['-c', 'echo $$; trap "" TERM; while :; do sleep 0.1; done'],
                      logFile: ${JSON.stringify(logFile('orphan'))}, graceSeconds: 1 });`,
    );
    const [pid] = await eventually(
      () => existsSync(logFile('orphan')) && listPids('orphan').length > 0 && listPids('orphan'),
    );
    expect(isAlive(pid as number)).toBe(true);
    await owner.end();
    await eventually(() => !isAlive(pid as number));
  });
});
