/** Runs a home: starts its lock, ledger, Temporal server, lab and worker in order, restarts what dies, stops everything. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { releaseDead } from '../../activities/ledger/release-dead.ts';
import { UserError } from '../../contracts/failures.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/workflows.ts';
import { startCodecServer, type CodecServer } from '../../infra/codec/codec-server.ts';
import { makeDataConverter } from '../../infra/codec/data-converter.ts';
import { readPayloadKeys, type PayloadKey } from '../../infra/codec/payload-keys.ts';
import { lockHome } from '../../infra/home/lock-home.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { makeBackend } from '../../infra/jobs/make-backend.ts';
import { readBirth } from '../../infra/jobs/processes.ts';
import { keepRunning, type KeepRunningInput, type KeptRunning, type Part } from '../../infra/processes/keep-running.ts';
import { connectUntil } from '../../infra/temporal/connect-until.ts';
import { readSharedServer, type ServerPlace } from '../../infra/temporal/connection-settings.ts';
import { startTemporal, type TemporalServer } from '../../infra/temporal/dev-server.ts';
import { prepareSharedServer } from '../../infra/temporal/shared-server.ts';
import { isDetached, type Interrupt } from '../home/interrupt.ts';
import { startLabProcess } from '../home/lab-process.ts';
import {
  endFormerWorkers,
  labFile,
  serverFile,
  startWorker,
  writeServer,
  type LabUrls,
} from '../home/worker-process.ts';

export interface HomeSession {
  readonly home: Home;
  readonly ledger: Ledger;
  readonly client: Client;
  /** Aborted when the session ends, before anything is stopped. */
  readonly over: AbortSignal;
}

export interface SessionInput {
  readonly home: Home;
  /** The command that uses the home, shown to a person who finds the home locked. */
  readonly what: string;
  readonly temporalBinary: string;
  readonly python: string;
  /** Whether the study uses models of the lab. */
  readonly lab: boolean;
  readonly interrupt: Interrupt;
  readonly report: (line: string) => void;
}

/** What was started so far: how to stop each part, in the order of starting, and promises that reject when one breaks. */
interface Started {
  readonly stops: (() => Promise<unknown> | unknown)[];
  readonly broken: Promise<never>[];
}

/**
 * Runs `work` in a started home until it is done, a person interrupts it, or a part of the home dies too often. In every
 * case all processes of the home have ended when this returns or throws.
 */
export async function withHome<T>(input: SessionInput, work: (session: HomeSession) => Promise<T>): Promise<T> {
  const started: Started = { stops: [], broken: [] };
  const over = new AbortController();
  let working: Promise<T> | undefined;
  try {
    working = work(await start(input, started, over.signal));
    return await Promise.race([working, input.interrupt.happened, ...started.broken]);
  } finally {
    over.abort();
    // `over` cancels the calls of `work` to the server, so it ends soon; the connection may be closed only after that.
    // An error of `work` was thrown above, or something else has ended the session first: ignore it here.
    await Promise.allSettled([working]);
    await stopAll(started);
  }
}

/** Stops every part, also after one could not be stopped; then throws the first error. */
async function stopAll({ stops }: Started): Promise<void> {
  const faults: unknown[] = [];
  for (const stop of stops.reverse()) {
    try {
      await stop();
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
}

async function start(input: SessionInput, started: Started, over: AbortSignal): Promise<HomeSession> {
  const { home, interrupt, report } = input;
  const { stops } = started;
  const lock = lockHome(home, input.what, isDetached());
  stops.push(() => lock.release());
  // `etude worker` and `start --detach` read this file: until our server runs, it may name the server of an earlier owner.
  await rm(serverFile(home), { force: true });
  const ledger = new Ledger(await openLedger(home.ledger, { check: true }));
  stops.push(() => ledger.close());
  await endFormerWorkers(home);
  // No worker is left that could be sending, so no claim of an earlier worker needs to be waited for.
  await ledger.releaseAll();
  interrupt.signal.throwIfAborted();
  const keys = readPayloadKeys();
  const { ui, ...place } = await findTemporal(input, started, keys);
  const connection = await connectUntil(place, over);
  stops.push(() => connection.close());
  interrupt.signal.throwIfAborted();
  const lab = input.lab ? await keepLab(input, started) : undefined;
  interrupt.signal.throwIfAborted();
  // Trainings and student servers outlive workers, but must end with the owner of the home.
  stops.push(() => makeBackend({ home, file: process.env['ETUDE_CLUSTER'] }).backend.reap({ all: true }));
  await writeServer(home, { ...place, sealedWith: keys[0]?.id ?? null });
  stops.push(() => rm(serverFile(home), { force: true }));
  await keepWorker(input, started, { ledger, ...place, lab });
  report(ui);
  const dataConverter = makeDataConverter(keys);
  const { namespace } = place;
  return { home, ledger, client: new Client({ connection, namespace, identity: 'etude', dataConverter }), over };
}

async function keep<P extends Part>(
  { report }: SessionInput,
  { stops, broken }: Started,
  input: Omit<KeepRunningInput<P>, 'report'>,
): Promise<KeptRunning<P>> {
  const kept = await keepRunning({ ...input, report });
  stops.push(() => kept.stop());
  broken.push(kept.broken);
  return kept;
}

/** The Temporal server that the environment names, or the home's own; `ui` is a line that tells people where it is. */
async function findTemporal(
  input: SessionInput,
  started: Started,
  keys: readonly PayloadKey[],
): Promise<ServerPlace & { readonly ui: string }> {
  const shared = readSharedServer();
  if (shared) {
    await prepareSharedServer(shared, SEARCH_ATTRIBUTES);
    return { ...shared, ui: `Temporal server ${shared.address}, namespace ${shared.namespace}` };
  }
  const codec = keys.length > 0 ? await startCodecServer(keys) : undefined;
  if (codec) started.stops.push(() => codec.close());
  const { address, namespace, uiUrl } = await keepTemporal(input, started, codec);
  return { address, namespace, shared: false, ui: `Web UI ${uiUrl}` };
}

async function keepTemporal(
  input: SessionInput,
  started: Started,
  codec: CodecServer | undefined,
): Promise<TemporalServer> {
  const { home, temporalBinary: binary } = input;
  let address: string | undefined;
  const { first } = await keep(input, started, {
    name: 'The Temporal server',
    logFile: join(home.logs, 'temporal.log'),
    start: async () => {
      const uiCodecEndpoint = codec?.url;
      const server = await startTemporal({ binary, home, searchAttributes: SEARCH_ATTRIBUTES, uiCodecEndpoint });
      codec?.allow(server.uiUrl);
      address ??= server.address;
      if (server.address === address) return server;
      await server.stop();
      throw new UserError(
        `The Temporal server ended, and its port (${address}) was taken by another program.`,
        'Run the same command again: the study continues where it stopped.',
      );
    },
  });
  return first;
}

async function keepLab(input: SessionInput, started: Started): Promise<LabUrls> {
  const { home } = input;
  let urls: LabUrls | undefined;
  const { first } = await keep(input, started, {
    name: 'The lab',
    logFile: join(home.logs, 'lab.log'),
    start: async () => {
      const lab = await startLabProcess(home, urls);
      ({ urls } = lab);
      return lab;
    },
  });
  // The file promises a lab that answers, so it is removed before the lab is stopped.
  started.stops.push(() => rm(labFile(home), { force: true }));
  return first.urls;
}

interface Places extends ServerPlace {
  readonly ledger: Ledger;
  readonly lab: LabUrls | undefined;
}

async function keepWorker(input: SessionInput, started: Started, places: Places): Promise<void> {
  const { home, python } = input;
  const logFile = join(home.logs, 'worker.log');
  await keep(input, started, {
    name: 'The worker',
    logFile,
    start: async () => {
      // Releases the claims of a killed worker. If the ledger cannot be written now, they expire later by themselves.
      await releaseDead(places.ledger.tables, (pid) => readBirth(pid) === undefined).catch(() => undefined);
      return startWorker({ ...places, home, python, logFile, ownerPid: process.pid });
    },
  });
}
