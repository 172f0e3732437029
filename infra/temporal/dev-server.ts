import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../../contracts/failures.ts';
import type { Home } from '../home/open-home.ts';
import { endLeftovers } from '../processes/end-leftovers.ts';
import { findFreePorts, isPortFree } from '../processes/free-ports.ts';
import { KilledError, wasKilled } from '../processes/keep-running.ts';
import { plainEnvironment } from '../processes/plain-environment.ts';
import { startGuarded, type GuardedProcess } from '../processes/start-guarded.ts';
import { prepareNamespace, type SearchAttributes } from './prepare-namespace.ts';

export interface StartTemporalInput {
  /** A Temporal CLI of server 1.29 or newer. */
  binary: string;
  home: Home;
  /** Registered before `startTemporal` resolves, also in a database that was made without them. */
  searchAttributes: SearchAttributes;
  namespace?: string;
  /** The codec server that decrypts sealed payloads for the Web UI. */
  uiCodecEndpoint?: string | undefined;
}

export interface TemporalServer {
  /** host:port of the gRPC frontend. */
  address: string;
  uiUrl: string;
  namespace: string;
  /** Of its process group. */
  pid: number;
  /** Resolves when the server has ended, whether it was stopped or died. */
  exited: GuardedProcess['exited'];
  stop(): Promise<void>;
}

interface Ports {
  grpc: number;
  ui: number;
}

const HOST = '127.0.0.1';
const GRACE_SECONDS = 10;
const TRIES = 3;
const PORT_PATIENCE_MS = 3_000;
const PORT_POLL_MS = 50;

/**
 * Starts the home's own dev server on the home's database. The server listens on 127.0.0.1 only, at its last ports if
 * they are free, and ends with this process. The caller must own the home, or two servers would write one database.
 * Throws `KilledError` when the server was killed before it answered, and `UserError` when it cannot start.
 */
export async function startTemporal(input: StartTemporalInput): Promise<TemporalServer> {
  const { home } = input;
  await endLeftovers({ marks: ['start-dev', home.temporalDatabase], patienceSeconds: GRACE_SECONDS + 5 });
  const portsFile = join(home.state, 'temporal.json');
  for (let attempt = 1; ; attempt++) {
    const ports = await choosePorts(portsFile);
    const tried = await tryPorts(input, ports);
    if (tried.ok) {
      await writeFileAtomic(portsFile, `${JSON.stringify(ports)}\n`);
      return tried.server;
    }
    if (attempt === TRIES || !/address already in use/i.test(tried.log)) throw explain(tried, home);
  }
}

async function choosePorts(file: string): Promise<Ports> {
  const last = readPorts(file);
  const [grpc, ui] = await findFreePorts(2);
  return {
    grpc: last !== undefined && (await becomesFree(last.grpc)) ? last.grpc : (grpc as number),
    ui: last !== undefined && (await becomesFree(last.ui)) ? last.ui : (ui as number),
  };
}

/** Waits a moment for a port: a killed server's sockets are closed only after its process has ended. */
async function becomesFree(port: number): Promise<boolean> {
  for (const since = performance.now(); performance.now() - since < PORT_PATIENCE_MS; await sleep(PORT_POLL_MS)) {
    if (await isPortFree(port)) return true;
  }
  return false;
}

function readPorts(file: string): Ports | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ports;
  } catch {
    return undefined; // the first start, or a damaged file: any free ports will do
  }
}

type Tried = { ok: true; server: TemporalServer } | Failed;

interface Failed {
  ok: false;
  error: unknown;
  killed: boolean;
  log: string;
}

async function tryPorts(input: StartTemporalInput, ports: Ports): Promise<Tried> {
  const namespace = input.namespace ?? 'default';
  const address = `${HOST}:${ports.grpc}`;
  const logFile = join(input.home.logs, 'temporal.log');
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const guarded = launch(input, { ports, namespace, logFile });
  try {
    await prepareNamespace({ address, namespace, searchAttributes: input.searchAttributes, exited: guarded.exited });
  } catch (error) {
    const ended = !guarded.running();
    const killed = wasKilled(await guarded.stop()) && ended;
    return { ok: false, error, killed, log: readFileSync(logFile).subarray(logStart).toString('utf8') };
  }
  const stop = async () => void (await guarded.stop());
  return {
    ok: true,
    server: { address, uiUrl: `http://${HOST}:${ports.ui}`, namespace, exited: guarded.exited, pid: guarded.pid, stop },
  };
}

interface LaunchInput {
  ports: Ports;
  namespace: string;
  logFile: string;
}

function launch(input: StartTemporalInput, { ports, namespace, logFile }: LaunchInput) {
  const { binary, home, searchAttributes, uiCodecEndpoint } = input;
  const each = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  const attributes = Object.entries(searchAttributes).map(([name, type]) => `${name}=${type}`);
  const args = [
    ...['server', 'start-dev', '--disable-config-file', '--disable-config-env', '--log-level', 'warn'],
    ...['--ip', HOST, '--port', String(ports.grpc), '--ui-port', String(ports.ui), '--namespace', namespace],
    ...['--db-filename', home.temporalDatabase],
    ...each('--sqlite-pragma', ['journal_mode=wal', 'synchronous=1']),
    ...each('--dynamic-config-value', DYNAMIC_CONFIG),
    ...each('--search-attribute', attributes),
    ...each('--ui-codec-endpoint', uiCodecEndpoint === undefined ? [] : [uiCodecEndpoint]),
  ];
  return startGuarded({ command: binary, args, logFile, env: plainEnvironment(), graceSeconds: GRACE_SECONDS });
}

const DYNAMIC_CONFIG = [
  // One partition per queue: with the default of four, rate limits let requests through in bursts.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'frontend.enableServerVersionCheck=false', // otherwise the server reports its version to Temporal's makers
];

function explain({ error, killed, log }: Failed, home: Home): UserError {
  const logFile = join(home.logs, 'temporal.log');
  if (killed) return new KilledError('The Temporal server', logFile);
  const said = log.trim().split('\n').at(-1) || String(error);
  return new UserError(
    `The Temporal dev server did not start: ${said} (whole output: ${logFile}).`,
    `Check that the disk is not full; if a newer server made ${home.temporalDatabase}, set ETUDE_TEMPORAL to that server.`,
    { cause: error },
  );
}
