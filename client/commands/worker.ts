/** `etude worker`: runs one more worker process beside the one of `etude start`, as long as that command runs. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';
import { readPayloadKeys } from '../../infra/codec/payload-keys.ts';
import { requireHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { readBirth } from '../../infra/jobs/processes.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { Interrupted, onInterrupt } from '../home/interrupt.ts';
import { findOwner } from '../home/owner.ts';
import { readLab, readServer, startWorker, type StartedServer, type WorkerPlaces } from '../home/worker-process.ts';
import type { Terminal } from '../terminal/terminal.ts';

const LOOK_MS = 500;

export async function runWorker(options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = requireHome(resolveHomeDirectory(options.home));
  const interrupt = onInterrupt('The study continues without this worker.');
  const { python } = await ensureSetUp({ python: true }, terminal.say);
  const { sealedWith, ...places } = await findStarted(home);
  requireKey(sealedWith);
  const logFile = join(home.logs, `worker-${process.pid}.log`);
  const worker = startWorker({ ...places, home, python, logFile });
  terminal.say(`Works on ${home.directory} until Ctrl-C or the end of its study. Log ${logFile}`);
  try {
    await Promise.race([
      interrupt.happened,
      ownerGone(places.ownerPid),
      worker.exited.then(() => {
        throw new UserError(`The worker ended; see the end of ${logFile}.`, 'Correct what the log names.');
      }),
    ]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    await worker.stop();
  }
  terminal.finish({ home: home.directory, log: logFile }, () => terminal.say('The worker has ended.'));
}

/** The addresses of the home's services, from the files that its owner wrote. Throws `UserError` when it has no owner. */
async function findStarted(home: Home): Promise<WorkerPlaces & Pick<StartedServer, 'sealedWith'>> {
  try {
    const owner = await findOwner(home);
    if (!owner) throw new Error('nobody owns it');
    const server = await readServer(home);
    const lab = await readLab(home);
    return { ...server, lab, ownerPid: owner.pid };
  } catch (error) {
    throw new UserError(
      `No study runs in the home ${home.directory} now.`,
      'Start one first (`./etude start FILE`), then add workers while it runs.',
      { cause: error },
    );
  }
}

/** Refuses to start a worker without the study's payload key, as it would fail every task. */
function requireKey(sealedWith: string | null): void {
  if (sealedWith === null || readPayloadKeys().some(({ id }) => id === sealedWith)) return;
  throw new UserError(
    `The study seals its histories with key ${sealedWith}, which this command does not have.`,
    'Set ETUDE_PAYLOAD_KEY as it is set for `./etude start`.',
  );
}

async function ownerGone(pid: number): Promise<void> {
  const birth = readBirth(pid);
  while (birth !== undefined && readBirth(pid) === birth) await wait(LOOK_MS);
}
