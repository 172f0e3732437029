import { ensureNodeModules } from './ensure-node-modules.mjs';
import { ensurePython } from './ensure-python.mjs';
import { ensureTemporal } from './ensure-temporal.mjs';
import { createSteps } from './progress.mjs';
import { ROOT } from './settings.mjs';
import { UserError } from './user-error.mjs';

/** Installs whatever of the wanted parts is missing, side by side; quick when nothing is. */
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

/** What the operating system refuses (a full disk, a folder that may not be written) is a person's to put right. */
function explain(error) {
  if (error.syscall === undefined) return error;
  return new UserError(`Set-up stopped: ${error.message}.`, 'Put that right, then run the same command again.');
}
