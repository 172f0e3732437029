/** The lab's servers as a process of their own, and how many requests they had at once. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startGuarded } from '../../infra/processes/start-guarded.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import type { RequestRecord } from '../../lab/servers/request-log.ts';
import type { Lab } from './etude-run.ts';

export interface InFlight {
  readonly most: number;
  /** Over the time from the first request to the last reply. */
  readonly mean: number;
}

export interface BenchLab extends Lab {
  readonly pid: number;
  /** Of the requests since the last look. */
  readonly inFlight: () => InFlight;
  readonly stop: () => Promise<void>;
}

export async function startBenchLab(latencyMilliseconds: number): Promise<BenchLab> {
  const folder = mkdtempSync(join(tmpdir(), 'etude-overhead-lab-'));
  const [readyFile, log] = [join(folder, 'lab.json'), join(folder, 'requests.jsonl')];
  const server = startGuarded({
    command: process.execPath,
    args: [
      ...['--import', 'tsx', join(ROOT, 'lab/servers/main.ts'), '--ready-file', readyFile, '--request-log', log],
      ...['--faults', JSON.stringify({ latencyMilliseconds })],
    ],
    logFile: join(folder, 'lab.log'),
    cwd: ROOT,
  });
  let seen = 0;
  const inFlight = (): InFlight => {
    const text = readFileSync(log).subarray(seen).toString();
    seen = statSync(log).size;
    return inFlightOf(text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RequestRecord])));
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...(await readWhenReady(readyFile)), pid: server.pid, inFlight, stop };
}

async function readWhenReady(file: string): Promise<Lab> {
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Lab;
    } catch {
      await wait(50);
    }
  }
}

function inFlightOf(records: readonly RequestRecord[]): InFlight {
  const changes = records.flatMap(({ received, ended }) => [
    { at: received, by: 1 },
    { at: ended, by: -1 },
  ]);
  changes.sort((a, b) => a.at - b.at || a.by - b.by);
  const [first, last] = [changes[0]?.at ?? 0, changes.at(-1)?.at ?? 0];
  let [now, most] = [0, 0];
  for (const { by } of changes) most = Math.max(most, (now += by));
  const busy = records.reduce((sum, { received, ended }) => sum + ended - received, 0);
  return { most, mean: busy / Math.max(1, last - first) };
}
