/** Starts the lab's model servers as a process of a home. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { KilledError, wasKilled } from '../../infra/processes/keep-running.ts';
import { plainEnvironment } from '../../infra/processes/plain-environment.ts';
import { startGuarded, type GuardedProcess } from '../../infra/processes/start-guarded.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { labFile, readLab, type LabUrls } from './worker-process.ts';

export interface LabProcess extends GuardedProcess {
  readonly urls: LabUrls;
}

/**
 * Resolves once the lab answers. A restarted lab takes the ports of `last` again, since workers have those addresses.
 * Throws `KilledError` when the lab was killed while it started, and `UserError` when it failed to start.
 */
export async function startLabProcess(home: Home, last: LabUrls | undefined): Promise<LabProcess> {
  await rm(labFile(home), { force: true });
  const ports = last
    ? ['--openai-port', new URL(last.openaiUrl).port, '--anthropic-port', new URL(last.anthropicUrl).port]
    : [];
  const state = join(home.state, 'lab');
  const given = process.env['ETUDE_LAB_FAULTS'];
  const faults = given ? ['--faults', given] : [];
  const lab = startGuarded({
    command: process.execPath,
    // With `--state` a restarted lab still knows the batches that were submitted to it.
    args: [
      '--import',
      'tsx',
      join(ROOT, 'lab/servers/main.ts'),
      '--ready-file',
      labFile(home),
      ...ports,
      '--state',
      state,
      ...faults,
    ],
    logFile: join(home.logs, 'lab.log'),
    cwd: ROOT,
    env: plainEnvironment(),
  });
  while (lab.running()) {
    const urls = await readLab(home);
    if (urls) return { ...lab, urls };
    await wait(50);
  }
  if (wasKilled(await lab.exited)) throw new KilledError('The lab', lab.logFile);
  throw new UserError(
    `The lab did not start; see the end of ${lab.logFile}.`,
    'Correct what the log names, then run the same command again.',
  );
}
