import { ensureNodeModules } from './ensure-node-modules.mjs';
import { ensurePython } from './ensure-python.mjs';
import { ensureTemporal } from './ensure-temporal.mjs';
import { createSteps } from './progress.mjs';
import { ROOT } from './settings.mjs';
import { UserError } from './user-error.mjs';

/** Installs those of the wanted parts that are missing, in parallel; the first failure stops the others. */
export async function installMissing(wanted, report, { root = ROOT, env = process.env } = {}) {
  const controller = new AbortController();
  const context = { root, env, signal: controller.signal, step: createSteps(report) };
  const start = (isWanted, ensure) => (isWanted ? ensure(context) : Promise.resolve(undefined));
  const work = [
    start(wanted.nodeModules, ensureNodeModules),
    start(wanted.temporal, ensureTemporal),
    start(wanted.python, ensurePython),
  ];
  try {
    const [, temporalBinary, python] = await Promise.all(work);
    return { temporalBinary, python };
  } catch (error) {
    controller.abort();
    await Promise.allSettled(work);
    throw explain(error);
  }
}

/** A refusal of the operating system (a full disk, a read-only folder) is for a person to correct, so it gets no stack. */
function explain(error) {
  if (error.syscall === undefined) return error;
  return new UserError(`Set-up stopped: ${error.message}.`, 'Correct that, then run the same command again.');
}
