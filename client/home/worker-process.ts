/** Starts worker processes of a home, and keeps the files that tell further workers how to reach its services. */
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

/** Longer than a worker takes to stop in an orderly way (`shutdownForceTime` in worker/). */
const GRACE_SECONDS = 12;

const labSchema = z.object({ openaiUrl: z.url(), anthropicUrl: z.url() });
export type LabUrls = z.infer<typeof labSchema>;

export interface WorkerPlaces extends ServerPlace {
  /** Undefined when no study of the home uses the lab. */
  readonly lab: LabUrls | undefined;
  /** The process that owns the home: trainings and student servers end when it ends. */
  readonly ownerPid: number;
}

export interface StartWorkerInput extends WorkerPlaces {
  readonly home: Home;
  readonly python: string;
  readonly logFile: string;
}

/** The argument by which a home's workers are found in the list of processes; the real path, so that links do not matter. */
const marksOf = ({ state }: Home): string[] => [`worker-of=${realpathSync(state)}`];

/**
 * Returns when no worker of an earlier owner is left. After its owner was killed, a worker may still send requests and
 * write their replies until it ends. Only the owner of the home may call this, before it starts workers of its own.
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

/** The file with the addresses of the home's lab; the lab writes it once it answers. */
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
/** The Temporal server of a started home; `sealedWith` is the id of the key that encrypts its payloads, if any. */
export type StartedServer = z.infer<typeof serverSchema>;

/** The file with the address of the home's Temporal server; it exists while `./etude start` runs. */
export const serverFile = (home: Home): string => join(home.state, 'server.json');

export const writeServer = (home: Home, server: StartedServer): Promise<void> =>
  writeFileAtomic(serverFile(home), `${JSON.stringify(server)}\n`);

export const readServer = async (home: Home): Promise<StartedServer> =>
  serverSchema.parse(JSON.parse(await readFile(serverFile(home), 'utf8')));
