import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, makeScratch, startOwner, writeFileIn, writeProgram } from '../../support/scratch.ts';
import { makeMachine, PYTHON, UV, type Machine } from './fake-machine.ts';

const LOCK = `# made by uv
torch==2.15.0 \\
    --hash=sha256:aa
nvidia-cublas==13.0 ; sys_platform == 'linux' \\
    --hash=sha256:bb
    # via torch
trl==1.16.0 \\
    --hash=sha256:cc
`;

const scratch = makeScratch();
let machine: Machine;
let count = 0;
beforeEach(() => {
  machine = makeMachine(join(scratch, String(count++)));
  writeFileIn(machine.root, 'trainer/requirements.lock', LOCK);
  machine.program('python3', PYTHON);
  machine.program('uv', UV);
});

const install = async () => (await machine.install({ python: true })).python;
const venv = (path: string) => join(machine.root, '.venv', path);
const timesMade = () => machine.calls().filter((call) => call.startsWith('uv venv')).length;
const syncedLock = () => readFileSync(`${machine.env['CALLS']}.lock`, 'utf8');

describe('the Python environment', () => {
  it('is made from the lock, checked, and left alone the next time', async () => {
    expect(await install()).toBe(venv('bin/python'));
    const calls = machine.calls();
    expect(calls).toEqual([
      `uv venv --python ${machine.bin}/python3 ${machine.root}/.venv`,
      `uv pip sync --require-hashes --compile-bytecode --python ${venv('bin/python')} ${machine.root}/trainer/requirements.lock`,
      'python -c import torch, transformers, trl',
    ]);
    expect(await install()).toBe(venv('bin/python'));
    expect(machine.calls()).toEqual(calls);
  });

  it('is made by a uv that pip fetches into the cache when there is none', async () => {
    rmSync(join(machine.bin, 'uv'));
    machine.env['UV'] = writeProgram(machine.root, 'real-uv', UV);
    writeFileIn(machine.cache, 'uv-0.13.8/making-cut-off/venv/pyvenv.cfg', '');
    await install();
    const cached = join(machine.cache, 'uv-0.13.8', 'uv');
    expect(machine.calls().slice(0, 2)).toEqual(['python -m venv venv', 'python -m pip install --no-input uv==0.13.8']);
    expect(readdirSync(dirname(cached))).toEqual(['uv']);
    rmSync(venv('.etude-stamp'));
    await install();
    expect(machine.calls().filter((call) => call.includes('pip install'))).toHaveLength(1);
  });

  it('is made anew when the lock changes, its stamp is missing or its interpreter is gone', async () => {
    await install();
    writeFileSync(join(machine.root, 'trainer/requirements.lock'), `${LOCK}numpy==2.4.6\n`);
    await install();
    expect(timesMade()).toBe(2);
    rmSync(venv('.etude-stamp'));
    await install();
    expect(timesMade()).toBe(3);
    rmSync(venv('bin/python'));
    await install();
    expect(timesMade()).toBe(4);
  });

  it('is made anew when the first time was cut off by kill -9', async () => {
    const env = JSON.stringify({ ...machine.env, UV_HANGS: '1' });
    const cutOff = startOwner(
      scratch,
      'cut-off',
      `import { installMissing } from '#project/infra/setup/install-missing.mjs';
       await installMissing({ python: true }, console.log, { root: ${JSON.stringify(machine.root)}, env: ${env} });`,
    );
    await eventually(() => machine.calls().some((call) => call.includes('sync')));
    await cutOff.end();
    expect(existsSync(venv('bin/python'))).toBe(true);
    await install();
    expect(timesMade()).toBe(2);
  });

  it('takes torch for the CPU from outside the lock when asked and reached', async () => {
    Object.assign(machine.env, { ETUDE_TORCH: 'cpu', CPU_INDEX: '1' });
    await install();
    expect(syncedLock()).toContain('trl==1.16.0');
    expect(syncedLock()).not.toMatch(/torch==|nvidia/);
    const cpu = `--torch-backend=cpu --no-deps torch==2.15.0 --compile-bytecode --python ${venv('bin/python')}`;
    expect(machine.calls()).toContain(`uv pip install ${cpu}`);
  });

  it('takes the locked torch when the index of CPU builds is not reached, and says so', async () => {
    machine.env['ETUDE_TORCH'] = 'cpu';
    await install();
    expect(syncedLock()).toBe(LOCK);
    expect(machine.reported).toContainEqual(expect.stringContaining('installing the locked build instead'));
  });

  it('names the versions found and the remedy when every Python is too old', async () => {
    machine.program('python3', 'echo "3.9.2 $0"');
    const failure = install();
    await expect(failure).rejects.toThrow(
      'Python 3.11 or newer is needed for fine-tuning, and only older versions are installed',
    );
    await expect(failure).rejects.toMatchObject({ name: 'UserError', remedy: expect.stringContaining('ETUDE_PYTHON') });
  });

  it('is not stamped when a package does not import', async () => {
    machine.program('python3', `${PYTHON}\ncase "$*" in *torch*) echo "ImportError: libc" >&2; exit 1 ;; esac`);
    await expect(install()).rejects.toThrow('ImportError: libc');
    expect(existsSync(venv('.etude-stamp'))).toBe(false);
  });
});
