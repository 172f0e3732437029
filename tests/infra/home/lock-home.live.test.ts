import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isLocked, lockHome } from '../../../infra/home/lock-home.ts';
import { openHome } from '../../../infra/home/open-home.ts';
import { makeScratch, startOwner } from '../../support/scratch.ts';

const scratch = makeScratch();

function startHolder(directory: string) {
  return startOwner(
    scratch,
    'holder',
    `import { isLocked, lockHome } from '#project/infra/home/lock-home.ts';
     import { openHome } from '#project/infra/home/open-home.ts';
     lockHome(openHome(${JSON.stringify(directory)}), 'a study');
     console.log('locked');
     setInterval(() => globalThis.gc?.(), 1000);`,
  );
}

describe('the lock of a home', () => {
  it('refuses a second owner and names the first one with the remedy', async () => {
    const home = openHome(join(scratch, 'second'));
    const holder = startHolder(home.directory);
    expect(await holder.line()).toBe('locked');
    expect(isLocked(home)).toBe(true);
    const { pid } = holder.process;
    expect(() => lockHome(home, 'another study')).toThrow(`is in use by a study (process ${pid}`);
    expect(() => lockHome(home, 'another study')).toThrow(
      expect.objectContaining({ name: 'UserError', remedy: expect.stringContaining('--home') }),
    );
    await holder.end();
  });

  it('is free again when its owner was killed with -9', async () => {
    const home = openHome(join(scratch, 'killed'));
    const holder = startHolder(home.directory);
    expect(await holder.line()).toBe('locked');
    await holder.end();
    expect(isLocked(home)).toBe(false);
    lockHome(home, 'the next study').release();
  });

  it('is refused within one process too, and free after its release', () => {
    const home = openHome(join(scratch, 'same'));
    const lock = lockHome(home, 'one');
    expect(() => lockHome(home, 'two')).toThrow('is in use by one');
    lock.release();
    lock.release();
    lockHome(home, 'three').release();
  });
});
