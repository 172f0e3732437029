/** Composing by the product's own path: Temporal's server, a worker process and the ledger, in a home of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { saveStudy } from '../../activities/ledger/studies.ts';
import { Store } from '../../activities/shared/store.ts';
import { startWorker } from '../../client/home/worker-process.ts';
import { composeId } from '../../contracts/ids.ts';
import { SEARCH_ATTRIBUTES, type ComposeInput, type WorkflowCompose } from '../../contracts/workflows.ts';
import { canonicalJson } from '../../domain/basics/hash.ts';
import { modelName } from '../../domain/money/spending.ts';
import { SIZES } from '../../domain/run/history-sizes.ts';
import { makeWorkflowPlan } from '../../domain/run/workflow-plan.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../infra/temporal/dev-server.ts';
import { smallStudy } from '../../tests/support/small-study.ts';
import { cpuOfGroup, cpuOfMachine } from './processes.ts';
import { planOf, CALLS_OF_TEXT, type Measured, type Workload } from './workload.ts';

export interface Lab {
  readonly openaiUrl: string;
  readonly anthropicUrl: string;
}

/** Everything is up and idle for a while before the clock starts. */
const SETTLE_MS = 4_000;

export async function runEtude(lab: Lab, workload: Workload, seed: number): Promise<Measured> {
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, () => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'etude-overhead-'));
  const home = openHome(folder);
  const ledger = new Ledger(await openLedger(home.ledger));
  const plan = planOf(workload, seed);
  const hash = await new Store(home.store).put(canonicalJson(plan));
  const { teacher, keepGrader } = plan.science;
  // Limits belong to models: together they allow what the other ways have in flight in all.
  const ofGrader = Math.round(workload.inFlight / CALLS_OF_TEXT);
  const rates = {
    [modelName(teacher)]: { concurrency: workload.inFlight - ofGrader },
    [modelName(keepGrader)]: { concurrency: ofGrader },
  };
  const runtime = { limits: {}, rates, cluster: smallStudy().cluster };
  await saveStudy(ledger.tables, { name: 'overhead', plan: hash, runtime, state: 'running' });
  const server = await startTemporal({ binary, home, searchAttributes: SEARCH_ATTRIBUTES });
  const worker = startWorker({
    ...{ home, python: 'python3', logFile: join(home.logs, 'worker.log'), lab, ownerPid: process.pid, shared: false },
    ...{ address: server.address, namespace: server.namespace },
  });
  const connection = await Connection.connect({ address: server.address });
  try {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const groups = { worker: worker.pid, server: server.pid };
    const cpu = () => Object.fromEntries(Object.entries(groups).map(([name, pid]) => [name, cpuOfGroup(pid)]));
    const before = cpu();
    const machineBefore = cpuOfMachine();
    const start = performance.now();
    const client = new Client({ connection });
    const { callsPerActivity } = workload;
    const outline = makeWorkflowPlan(plan, home.id, { ...SIZES, ...(callsPerActivity && { callsPerActivity }) });
    const compose = outline.compose[0] as WorkflowCompose;
    await client.workflow.execute('composeCorpus', {
      workflowId: composeId('overhead', compose),
      taskQueue: outline.queues.control,
      args: [{ study: 'overhead', plan: hash, outline, compose } satisfies ComposeInput],
    });
    const seconds = (performance.now() - start) / 1000;
    const machine = cpuOfMachine() - machineBefore;
    const after = cpu();
    const used = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
    const { length: calls } = await ledger.tables.selectFrom('calls').select('key').execute();
    return { calls, seconds, cpu: used, machine, events: await countEvents(client) };
  } finally {
    await connection.close();
    await worker.stop();
    await server.stop();
    await ledger.close();
    if (!process.env['ETUDE_BENCH_KEEP'])
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function countEvents(client: Client): Promise<number> {
  let events = 0;
  for await (const { workflowId } of client.workflow.list())
    events += (await client.workflow.getHandle(workflowId).describe()).historyLength;
  return events;
}
