import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findOnPath, isExecutable } from './find-temporal.mjs';
import { explainFailure, runCommand } from './run-command.mjs';
import { cacheFolder, UV_VERSION } from './settings.mjs';
import { UserError } from './user-error.mjs';
import { withLock } from './with-lock.mjs';

/** Returns the path of uv, which installs Python packages: the one on the PATH, or one that pip puts into the cache. */
export async function ensureUv({ python, env, signal, step }) {
  const onPath = findOnPath('uv', env);
  if (onPath !== undefined) return onPath;
  const target = join(cacheFolder(env), `uv-${UV_VERSION}`, 'uv');
  if (isExecutable(target)) return target;
  await withLock(
    `${dirname(target)}.lock`,
    async () => {
      if (isExecutable(target)) return;
      await step('uv', `pip install of uv ${UV_VERSION}, about 10 s`, () => fetchUv({ target, python, env, signal }));
    },
    () => step.wait('uv'),
  );
  return target;
}

async function fetchUv({ target, python, env, signal }) {
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true });
  for (const left of readdirSync(folder)) rmSync(join(folder, left), { recursive: true, force: true });
  const workspace = mkdtempSync(join(folder, 'making-'));
  const run = async (command, ...args) => {
    const result = await runCommand({ command, args, cwd: workspace, env, signal });
    if (!result.ok) throw missing(explainFailure('uv', result, env));
  };
  try {
    await run(python, '-m', 'venv', 'venv');
    await run(join(workspace, 'venv/bin/python'), '-m', 'pip', 'install', '--no-input', `uv==${UV_VERSION}`);
    const made = join(workspace, 'uv');
    copyFileSync(join(workspace, 'venv/bin/uv'), made);
    chmodSync(made, 0o755);
    renameSync(made, target);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

function missing(reason) {
  return new UserError(
    `uv, which installs the Python packages, could not be installed: ${reason}.`,
    'Check that the package registry can be reached and that Python has its venv module (on Debian: apt-get install python3-venv), or put uv on the PATH ' +
      '(docs.astral.sh/uv), then run the same command again.',
  );
}
