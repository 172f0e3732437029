import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, makeScratch, PROJECT, startOwner } from '../../support/scratch.ts';
import { makeMachine, NPM, writePackageLock, type Machine } from './fake-machine.ts';

const scratch = makeScratch();
let machine: Machine;
let count = 0;
beforeEach(() => {
  machine = makeMachine(join(scratch, String(count++)));
  machine.program('npm', NPM);
  writePackageLock(machine);
});

const install = () => machine.install({ nodeModules: true });
const installed = (path: string) => join(machine.root, 'node_modules', path);

describe('node modules', () => {
  it('are installed by the lock file once', async () => {
    await install();
    await install();
    expect(machine.calls()).toEqual(['npm ci --no-progress']);
    expect(machine.reported).toHaveLength(2);
  });

  it('are installed again when the lock file changes', async () => {
    await install();
    writePackageLock(machine, '1.0.1');
    await install();
    expect(machine.calls()).toHaveLength(2);
  });

  it('are taken as they are when npm alone has installed them completely', async () => {
    await install();
    rmSync(installed('.etude-stamp'));
    await install();
    expect(machine.calls()).toHaveLength(1);
  });

  it.each(['left', 'right/package.json'])('are installed again when %s is gone', async (path) => {
    await install();
    rmSync(installed(path), { recursive: true });
    await install();
    expect(machine.calls()).toHaveLength(2);
  });

  it('are installed again when the first time was cut off by kill -9', async () => {
    const env = JSON.stringify({ ...machine.env, NPM_HANGS: '1' });
    const root = JSON.stringify(machine.root);
    const cutOff = startOwner(
      scratch,
      'cut-off',
      `import { installMissing } from '#project/infra/setup/install-missing.mjs';
       await installMissing({ nodeModules: true }, console.log, { root: ${root}, env: ${env} });`,
    );
    await eventually(() => existsSync(installed('left')));
    await cutOff.end();
    expect(existsSync(installed('right'))).toBe(false);
    await install();
    expect(existsSync(installed('right'))).toBe(true);
  });

  it('say why they could not be installed', async () => {
    machine.env['NPM_FAILS'] = '1';
    const failure = install();
    await expect(failure).rejects.toThrow('npm ci failed: npm error network connect ECONNREFUSED');
    await expect(failure).rejects.toMatchObject({ remedy: expect.stringContaining('registry') });
  });

  it('are locked for every platform, and by hash for this one', () => {
    const lock = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as { packages: Packages };
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
    const unhashed = Object.entries(lock.packages).filter(
      ([path, { integrity, optional }]) => path !== '' && integrity === undefined && optional !== true,
    );
    expect(unhashed).toEqual([]);
  });
});

type Packages = Record<
  string,
  { optionalDependencies?: Record<string, string>; integrity?: string; optional?: boolean }
>;
