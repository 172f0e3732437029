import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { tryLock, withLock } from '../../../infra/processes/exclusive-lock.ts';
import { makeScratch, PROJECT } from '../../support/scratch.ts';

const scratch = makeScratch();

/** A process that has the lock until it is killed. */
async function holder(file: string) {
  const code = `
    const { tryLock } = await import('${PROJECT}/infra/processes/exclusive-lock.ts');
    if (!tryLock(${JSON.stringify(file)}, 60_000)) process.exit(1);
    process.stdout.write('locked');
    setInterval(() => undefined, 1_000);
  `;
  const args = ['--import', 'tsx', '--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('an exclusive lock', () => {
  it('lets one in at a time', async () => {
    const file = join(scratch, 'wanted');
    let inside = 0;
    const work = async (): Promise<number> => {
      const seen = (inside += 1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      return seen;
    };
    const seen = await Promise.all(Array.from({ length: 8 }, () => withLock(file, work)));
    expect(seen).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('is free again after work that failed', async () => {
    const file = join(scratch, 'failed');
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(file, async () => 'done')).toBe('done');
  });

  it('keeps other processes out, and ends with its process, also when that is killed', async () => {
    const file = join(scratch, 'theirs');
    const child = await holder(file);
    expect(tryLock(file)).toBeUndefined();
    const waiting = withLock(file, async () => 'mine');
    child.kill('SIGKILL');
    expect(await waiting).toBe('mine');
  });

  it('of a file that was cut or emptied by a crash is taken', async () => {
    const file = join(scratch, 'empty');
    writeFileSync(file, '');
    expect(await withLock(file, async () => 'done')).toBe('done');
  });
});
