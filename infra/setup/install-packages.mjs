import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure } from './run-command.mjs';
import { UserError } from './user-error.mjs';

const CPU_PROBE_SECONDS = 5;
/** Every training and every server starts with these imports: without byte code they take twice as long. */
const COMPILED = ['--compile-bytecode'];
/** The parts of the lock that only the CUDA build of torch needs. */
const CUDA_ONLY = /^(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==/;

/** The packages of the lock, checked by their hashes; with ETUDE_TORCH=cpu torch comes from outside the lock. */
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
    'Set it to cpu for the small CPU build, or unset it for the locked one.',
  );
}

/** The index of CPU builds is not reached everywhere, and uv would wait minutes for it. */
async function probeCpuTorch({ uv, lock, toInterpreter, run, step }) {
  const [, version] = /^torch==([\w.]+)/m.exec(lock) ?? [];
  const cpuTorch = ['--torch-backend=cpu', '--no-deps', `torch==${version}`];
  const args = ['pip', 'install', '--dry-run', ...cpuTorch, ...toInterpreter];
  const probed = await run.limited(CPU_PROBE_SECONDS, uv, ...args);
  if (probed.ok) return cpuTorch;
  step.note(
    `Python environment: the index of CPU builds does not answer in ${CPU_PROBE_SECONDS} s; taking the locked build`,
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
    `The Python packages could not be installed: ${what} says ${explainFailure('python', result, env)}.`,
    'Check that the package registry is reached and that the disk has 8 GB free, then run the same command again.',
  );
}
