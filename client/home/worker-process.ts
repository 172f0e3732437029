/** Worker processes of a home: started by its owner, or beside it on the same machine. */
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Home } from '../../infra/home/open-home.ts';
import { endLeftovers } from '../../infra/processes/end-leftovers.ts';
import { startGuarded, type GuardedProcess } from '../../infra/processes/start-guarded.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { wholePaths, type ServerPlace } from '../../infra/temporal/connection-settings.ts';

/** Longer than a worker takes to end by itself (worker/). */
const GRACE_SECONDS = 12;

const labSchema = z.object({ openaiUrl: z.url(), anthropicUrl: z.url() });
export type LabUrls = z.infer<typeof labSchema>;

export interface WorkerPlaces extends ServerPlace {
  /** Undefined when no study of the home asks the lab. */
  readonly lab: LabUrls | undefined;
  /** The home's owner: jobs end with it. */
  readonly ownerPid: number;
}

export interface StartWorkerInput extends WorkerPlaces {
  readonly home: Home;
  readonly python: string;
  readonly logFile: string;
}

/** By which the workers of a home are found, whatever way leads to its folder: one word, which is no part of another home's. */
const marksOf = ({ state }: Home): string[] => [`worker-of=${realpathSync(state)}`];

/**
 * Returns when no worker of an earlier owner is left: one whose owner was killed may go on sending, and write what it was
 * answered, until it has ended. Only for the owner of the home, before it starts workers.
 */
export const endFormerWorkers = (home: Home): Promise<void> =>
  endLeftovers({ marks: marksOf(home), patienceSeconds: GRACE_SECONDS + 3 });

export function startWorker({ home, python, logFile, lab, ...places }: StartWorkerInput): GuardedProcess {
  return startGuarded({
    command: process.execPath,
    args: ['--import', 'tsx', join(ROOT, 'worker.ts'), ...marksOf(home)],
    logFile,
    cwd: ROOT,
    graceSeconds: GRACE_SECONDS,
    env: {
      ...process.env,
      ...wholePaths(),
      ETUDE_HOME: home.directory,
      ETUDE_TEMPORAL_ADDRESS: places.address,
      ETUDE_TEMPORAL_NAMESPACE: places.namespace,
      ETUDE_TEMPORAL_SHARED: places.shared ? 'yes' : 'no',
      ETUDE_OWNER_PID: String(places.ownerPid),
      ETUDE_PYTHON: python,
      ...(lab && { ETUDE_LAB_OPENAI: lab.openaiUrl, ETUDE_LAB_ANTHROPIC: lab.anthropicUrl }),
    },
  });
}

/** Where a home's lab answers, written by the lab once it does. */
export const labFile = (home: Home): string => join(home.state, 'lab.json');

export async function readLab(home: Home): Promise<LabUrls | undefined> {
  const text = await readFile(labFile(home), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : labSchema.parse(JSON.parse(text));
}

const serverSchema = z.object({
  address: z.string(),
  namespace: z.string(),
  shared: z.boolean(),
  sealedWith: z.string().nullable(),
});
/** The Temporal server of a started home; `sealedWith`: the id of the key of its payloads. */
export type StartedServer = z.infer<typeof serverSchema>;

/** Written while the home is at work, for workers that are added. */
export const serverFile = (home: Home): string => join(home.state, 'server.json');

export const writeServer = (home: Home, server: StartedServer): Promise<void> =>
  writeFileAtomic(serverFile(home), `${JSON.stringify(server)}\n`);

export const readServer = async (home: Home): Promise<StartedServer> =>
  serverSchema.parse(JSON.parse(await readFile(serverFile(home), 'utf8')));
