import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure, runCommand } from './run-command.mjs';
import { hashOf, readStamp, writeStamp } from './stamps.mjs';
import { UserError } from './user-error.mjs';
import { withLock } from './with-lock.mjs';

const ESTIMATE = '30 s to 2 min';

/** Installs `node_modules/` from the lock file, unless its stamp file shows that this lock file is installed already. */
export async function ensureNodeModules({ root, env, signal, step }) {
  const lockFile = join(root, 'package-lock.json');
  const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
  const wanted = hashOf(JSON.stringify(lock.packages), process.platform, process.arch);
  if (isInstalled(root, lock, wanted)) return;
  await withLock(
    join(root, '.etude', 'node-modules.lock'),
    async () => {
      if (isInstalled(root, lock, wanted)) return;
      if (!matchesHiddenLock(root, lock)) await install({ root, env, signal, step });
      writeStamp(stampOf(root), wanted);
    },
    () => step.wait('node modules'),
  );
}

function stampOf(root) {
  return join(root, 'node_modules', '.etude-stamp');
}

/** npm empties `node_modules/` first, with the stamp file in it, so an interrupted installation has no stamp. */
function isInstalled(root, lock, wanted) {
  if (readStamp(stampOf(root)) !== wanted) return false;
  return directPackages(lock).every((name) => existsSync(join(root, 'node_modules', name, 'package.json')));
}

function directPackages(lock) {
  const { dependencies = {}, devDependencies = {} } = lock.packages[''];
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
}

/** True for a complete installation made by hand with npm: npm writes its hidden lock file last. */
function matchesHiddenLock(root, lock) {
  const hidden = readStamp(join(root, 'node_modules', '.package-lock.json'));
  if (hidden === undefined) return false;
  const { packages } = JSON.parse(hidden);
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '') return true;
    const found = packages[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && existsSync(join(root, path, 'package.json'));
  });
}

async function install({ root, env, signal, step }) {
  await step('node modules', `npm ci by package-lock.json, ${ESTIMATE}`, async () => {
    const result = await runCommand({ command: 'npm', args: ['ci', '--no-progress'], cwd: root, env, signal });
    if (result.ok) return;
    throw new UserError(
      `The node modules could not be installed: npm ci failed: ${explainFailure('npm-ci', result, env)}.`,
      'Check that the package registry can be reached and that the disk is not full, then run the same command again.',
    );
  });
}
