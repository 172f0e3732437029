import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeScratch, PROJECT, writeFileIn, writeProgram } from '../../support/scratch.ts';

const scratch = makeScratch();

/** A checkout with the real launcher and set-up, the project's packages, and a command line that tells what it got. */
function makeCheckout(name: string, main: string): string {
  const root = join(scratch, name);
  mkdirSync(join(root, 'infra'), { recursive: true });
  for (const file of ['etude', 'package-lock.json', 'tsconfig.json'])
    copyFileSync(join(PROJECT, file), join(root, file));
  for (const part of ['infra/setup', 'infra/processes'])
    cpSync(join(PROJECT, part), join(root, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
  writeFileIn(root, 'package.json', '{"type": "module"}');
  writeFileIn(root, 'client/main.ts', main);
  return root;
}

describe('the launcher', () => {
  it('hands arguments and the current folder to the command line, also through a symbolic link', () => {
    makeCheckout(
      'a checkout',
      'const words: string[] = process.argv.slice(2); console.log(JSON.stringify([words, process.cwd()]));',
    );
    const elsewhere = join(scratch, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync('../a checkout/etude', join(elsewhere, 'link'));
    symlinkSync(join(elsewhere, 'link'), join(elsewhere, 'again'));
    const { stdout, stderr } = spawnSync(join(elsewhere, 'again'), ['plan', 'a b', '*'], {
      cwd: elsewhere,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([['plan', 'a b', '*'], elsewhere]);
  });

  it('becomes the command line, so that signals and exit codes are its own', async () => {
    const root = makeCheckout(
      'signals',
      "process.on('SIGTERM', () => process.exit(42)); setInterval(() => undefined, 1000); console.log(process.pid);",
    );
    const child = spawn(join(root, 'etude'), { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const pid = await new Promise<string>((resolve) =>
      child.stdout.once('data', (text: Buffer) => resolve(String(text))),
    );
    expect(Number(pid)).toBe(child.pid);
    child.kill('SIGTERM');
    expect(await ended).toBe(42);
  });

  it('says what to install when there is no Node', () => {
    const bin = join(scratch, 'bin');
    for (const name of ['dirname', 'readlink'])
      writeProgram(bin, name, `exec /usr/bin/env -i PATH=/usr/bin:/bin ${name} "$@"`);
    const root = makeCheckout('without-node', '');
    const run = spawnSync(join(root, 'etude'), { env: { PATH: bin }, encoding: 'utf8' });
    expect(run.stderr).toBe(
      'etude: Node.js 20.11 or newer is needed, and no node is on the PATH. Install it (nodejs.org) and run the command again.\n',
    );
    expect(run.status).toBe(1);
  });
});

describe('the set-up of an old or unfit machine', () => {
  const bootstrap = (spoof: string, ...args: string[]) => {
    const loader = writeFileIn(scratch, 'spoof.cjs', spoof);
    const file = join(PROJECT, 'infra/setup/bootstrap.mjs');
    return spawnSync(process.execPath, ['--require', loader, file, ...args], { encoding: 'utf8' });
  };

  it('names the Node that is needed in one line', () => {
    const { stderr, status } = bootstrap(
      `Object.defineProperty(process, 'versions', { value: { node: '18.20.1' } });
       Object.defineProperty(process, 'version', { value: 'v18.20.1' });`,
    );
    expect(stderr).toBe(
      'etude: Node.js 20.11 or newer is needed; this is v18.20.1. Install a newer version and run the same command again.\n',
    );
    expect(status).toBe(1);
  });

  it('names the way on Windows', () => {
    const { stderr, status } = bootstrap("Object.defineProperty(process, 'platform', { value: 'win32' });");
    expect(stderr).toContain('run it in WSL');
    expect(status).toBe(1);
  });

  it('prints a mistake in the settings without a stack', () => {
    const { stderr, status } = bootstrap(
      "process.env.ETUDE_TEMPORAL = '/nowhere/temporal'; process.env.ETUDE_PYTHON = '/nowhere/python';",
      'all',
    );
    expect(stderr).toMatch(
      /^etude: ETUDE_TEMPORAL names \/nowhere\/temporal, which is not an executable file\. Set it .*\n$/,
    );
    expect(status).toBe(1);
  });
});
