/** Runs check-statistics.py on a file of cases, in an environment of its own that is made once and kept in the cache. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureUv } from '../../infra/setup/ensure-uv.mjs';
import { findPython } from '../../infra/setup/find-python.mjs';
import { createSteps } from '../../infra/setup/progress.mjs';
import { cacheFolder } from '../../infra/setup/settings.mjs';
import { hashOf, readStamp, writeStamp } from '../../infra/setup/stamps.mjs';
import { withLock } from '../../infra/setup/with-lock.mjs';

const { env } = process;
const step = createSteps((line) => process.stderr.write(`${line}\n`));
const lock = join(import.meta.dirname, 'requirements.lock');

async function ensureCheckers() {
  const python = await findPython(env);
  const wanted = hashOf(readFileSync(lock), python.version);
  const folder = join(cacheFolder(env), `statistics-${wanted.slice(0, 16)}`);
  const interpreter = join(folder, 'bin', 'python');
  const isReady = () => readStamp(join(folder, '.etude-stamp')) === wanted && existsSync(interpreter);
  if (isReady()) return interpreter;
  const uv = await ensureUv({ python: python.path, env, step });
  await withLock(`${folder}.lock`, () => {
    if (isReady()) return;
    rmSync(folder, { recursive: true, force: true });
    const run = (...args) => execFileSync(uv, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    run('venv', '--quiet', '--python', python.path, folder);
    run('pip', 'install', '--quiet', '--require-hashes', '--python', interpreter, '-r', lock);
    writeStamp(join(folder, '.etude-stamp'), wanted);
  });
  return interpreter;
}

const interpreter = await ensureCheckers();
const script = join(import.meta.dirname, 'check_statistics.py');
process.stdout.write(execFileSync(interpreter, [script, process.argv[2]], { maxBuffer: 2 ** 26 }));
