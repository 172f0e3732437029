import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installMissing, type SetUpWanted } from '../../../infra/setup/install-missing.mjs';
import { writeFileIn, writeProgram } from '../../support/scratch.ts';

const SYSTEM_PROGRAMS = ['sh', 'tar', 'gzip', 'cat', 'cp', 'rm', 'mkdir', 'chmod', 'sleep', 'dirname'];

/** A checkout and a machine on which only the programs are installed that a test writes into `bin`. */
export interface Machine {
  root: string;
  bin: string;
  cache: string;
  env: Record<string, string>;
  /** The lines that the installation reported. */
  reported: string[];
  install: <const Wanted extends SetUpWanted>(wanted: Wanted) => ReturnType<typeof installMissing<Wanted>>;
  program: (name: string, script: string) => string;
  /** The calls that the fake programs have written down with `$CALLS`. */
  calls: () => string[];
}

export function makeMachine(folder: string): Machine {
  const [root, bin, cache] = [join(folder, 'checkout'), join(folder, 'bin'), join(folder, 'cache')];
  for (const path of [root, bin, cache]) mkdirSync(path, { recursive: true });
  for (const name of SYSTEM_PROGRAMS) symlinkSync(findReal(name), join(bin, name));
  const callsFile = join(folder, 'calls');
  const env = { PATH: bin, HOME: folder, ETUDE_CACHE: cache, ETUDE_TEMPORAL_DOWNLOAD: 'off', CALLS: callsFile };
  const reported: string[] = [];
  return {
    root,
    bin,
    cache,
    env,
    reported,
    install: (wanted) => installMissing(wanted, (line) => reported.push(line), { root, env }),
    program: (name, script) => writeProgram(bin, name, script),
    calls: () => (existsSync(callsFile) ? readFileSync(callsFile, 'utf8').trim().split('\n') : []),
  };
}

function findReal(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not on the PATH of these tests`);
  return found;
}

export const temporalOf = (server: string) => `echo "temporal version 1.0.0 (Server ${server}, UI 2.0.0)"`;

/** npm, as far as `npm ci` goes: everything in package-lock.json, its hidden lock file last. */
export const NPM = `echo "npm $*" >>"$CALLS"
rm -rf node_modules
mkdir -p node_modules/left
if [ -n "\${NPM_FAILS:-}" ]; then echo "npm error network connect ECONNREFUSED"; exit 1; fi
if [ -n "\${NPM_HANGS:-}" ]; then sleep 1000; fi
mkdir -p node_modules/right
echo '{}' >node_modules/left/package.json
echo '{}' >node_modules/right/package.json
cp installed.json node_modules/.package-lock.json`;

export function writePackageLock(machine: Machine, version = '1.0.0'): void {
  const packages = {
    '': { dependencies: { left: version }, devDependencies: { right: '1.0.0' } },
    'node_modules/left': { version },
    'node_modules/right': { version: '1.0.0', dev: true },
  };
  const otherPlatform = { 'node_modules/other-platform': { version: '1.0.0', optional: true } };
  writeFileIn(machine.root, 'package-lock.json', JSON.stringify({ packages: { ...packages, ...otherPlatform } }));
  writeFileIn(machine.root, 'installed.json', JSON.stringify({ packages }));
}

export const PYTHON = `case "$*" in
*version_info*) echo "3.12.1 $0" ;;
"-m venv "*) echo "python $*" >>"$CALLS"; mkdir -p venv/bin; cp "$0" venv/bin/python ;;
*"pip install"*) echo "python $*" >>"$CALLS"; cp "$UV" venv/bin/uv ;;
*) echo "python $*" >>"$CALLS" ;;
esac`;

/** uv: \`uv venv --python X DIR\` makes an interpreter; the rest is written down. */
export const UV = `echo "uv $*" >>"$CALLS"
if [ "$1" = venv ]; then mkdir -p "$4/bin" && cp "$3" "$4/bin/python"; exit; fi
case "$*" in
*--torch-backend=cpu*) [ -n "\${CPU_INDEX:-}" ] ;;
*sync*) for last in "$@"; do :; done; cp "$last" "$CALLS.lock"; if [ -n "\${UV_HANGS:-}" ]; then sleep 1000; fi ;;
esac`;
