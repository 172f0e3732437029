import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureUv } from './ensure-uv.mjs';
import { findPython } from './find-python.mjs';
import { installPackages } from './install-packages.mjs';
import { explainFailure, runCommand } from './run-command.mjs';
import { hashOf, readStamp, writeStamp } from './stamps.mjs';
import { UserError } from './user-error.mjs';
import { withLock } from './with-lock.mjs';

const CHECK = 'import torch, transformers, trl';

/** Makes `.venv/` from trainer/requirements.lock unless its stamp file matches; returns the path of its interpreter. */
export async function ensurePython({ root, env, signal, step }) {
  const place = { folder: join(root, '.venv'), lockFile: join(root, 'trainer', 'requirements.lock') };
  const wanted = hashOf(readLock(place.lockFile), env.ETUDE_TORCH ?? '', env.ETUDE_PYTHON ?? '');
  const interpreter = join(place.folder, 'bin', 'python');
  if (isReady(place.folder, wanted)) return interpreter;
  await withLock(
    join(root, '.etude', 'python.lock'),
    async () => {
      if (!isReady(place.folder, wanted)) await make({ ...place, interpreter, wanted, env, signal, step });
    },
    () => step.wait('Python environment'),
  );
  return interpreter;
}

function readLock(file) {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UserError(`${file} cannot be read (${cause.code}): the checkout is incomplete.`, 'Restore it with git.');
  }
}

function stampOf(folder) {
  return join(folder, '.etude-stamp');
}

/** Checks the interpreter too: when the Python it links to was removed, `existsSync` is false for the dangling link. */
function isReady(folder, wanted) {
  return readStamp(stampOf(folder)) === wanted && existsSync(join(folder, 'bin', 'python'));
}

/** Always makes the environment from nothing, since one without a stamp may be incomplete; uv's cache keeps that quick. */
async function make({ folder, lockFile, interpreter, wanted, env, signal, step }) {
  const python = await findPython(env);
  const uv = await ensureUv({ python: python.path, env, signal, step });
  const clean = { ...env, VIRTUAL_ENV: undefined, PYTHONHOME: undefined, PYTHONPATH: undefined };
  const run = (command, ...args) => runCommand({ command, args, env: clean, signal });
  run.limited = (limitSeconds, command, ...args) => runCommand({ command, args, env: clean, signal, limitSeconds });
  await step('Python environment', 'packages of trainer/requirements.lock, 20 s to 5 min, 6 GB on disk', async () => {
    rmSync(folder, { recursive: true, force: true });
    const made = await run(uv, 'venv', '--python', python.path, folder);
    if (!made.ok) throw failed('uv venv', made, env);
    await installPackages({ uv, interpreter, lockFile, run, env, step });
  });
  await step('Python check', `${CHECK}, about 10 s, once per installation`, async () => {
    const checked = await run(interpreter, '-c', CHECK);
    if (!checked.ok) throw failed(`python -c "${CHECK}"`, checked, env);
  });
  writeStamp(stampOf(folder), wanted);
}

function failed(what, result, env) {
  return new UserError(
    `The Python environment could not be made: ${what} failed: ${explainFailure('python', result, env)}.`,
    'Check that the disk is not full, or name another interpreter in ETUDE_PYTHON, then run the same command again.',
  );
}
