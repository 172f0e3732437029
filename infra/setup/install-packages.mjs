import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure } from './run-command.mjs';
import { UserError } from './user-error.mjs';

const CPU_PROBE_SECONDS = 5;
/** Compiling at installation halves the time that each training and each server needs to import these packages. */
const COMPILED = ['--compile-bytecode'];
/** The parts of the lock that only the CUDA build of torch needs. */
const CUDA_ONLY = /^(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==/;

/** Installs the packages of the lock file, checked by their hashes. With ETUDE_TORCH=cpu torch is the CPU build instead. */
export async function installPackages({ uv, interpreter, lockFile, run, env, step }) {
  const toInterpreter = ['--python', interpreter];
  const wantsCpu = readTorchSetting(env) === 'cpu';
  const lock = readFileSync(lockFile, 'utf8');
  const cpuTorch = wantsCpu ? await probeCpuTorch({ uv, lock, toInterpreter, run, step }) : undefined;
  const source = cpuTorch === undefined ? lockFile : writeLockWithoutCuda(interpreter, lock);
  const options = [...COMPILED, ...toInterpreter];
  await check(run(uv, 'pip', 'sync', '--require-hashes', ...options, source), 'uv pip sync', env);
  if (cpuTorch === undefined) return;
  rmSync(source);
  await check(run(uv, 'pip', 'install', ...cpuTorch, ...options), 'uv pip install of torch for the CPU', env);
}

function readTorchSetting(env) {
  const setting = env.ETUDE_TORCH || 'locked';
  if (setting === 'cpu' || setting === 'locked') return setting;
  throw new UserError(
    `ETUDE_TORCH is "${setting}".`,
    'Set it to `cpu` for the small CPU build, or unset it for the build in the lock file.',
  );
}

/** Tries the index of CPU builds first with a short limit: where a network blocks it, uv would wait for minutes. */
async function probeCpuTorch({ uv, lock, toInterpreter, run, step }) {
  const [, version] = /^torch==([\w.]+)/m.exec(lock) ?? [];
  const cpuTorch = ['--torch-backend=cpu', '--no-deps', `torch==${version}`];
  const args = ['pip', 'install', '--dry-run', ...cpuTorch, ...toInterpreter];
  const probed = await run.limited(CPU_PROBE_SECONDS, uv, ...args);
  if (probed.ok) return cpuTorch;
  step.note(
    `Python environment: the index of CPU builds did not answer in ${CPU_PROBE_SECONDS} s; installing the locked build instead`,
  );
  return undefined;
}

function writeLockWithoutCuda(interpreter, lock) {
  const blocks = lock.split(/\n(?=[^\s#])/);
  const file = join(interpreter, '../../requirements-without-cuda.lock');
  writeFileSync(file, `${blocks.filter((block) => !CUDA_ONLY.test(block)).join('\n')}\n`);
  return file;
}

async function check(running, what, env) {
  const result = await running;
  if (result.ok) return;
  throw new UserError(
    `The Python packages could not be installed: ${what} failed: ${explainFailure('python', result, env)}.`,
    'Check that the package registry can be reached and that the disk has 8 GB free, then run the same command again.',
  );
}
