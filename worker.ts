/** A worker process of one home: wiring only. All settings come from environment variables (contracts/worker-settings). */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { Ledger } from './activities/ledger/ledger.ts';
import { openLedger } from './activities/ledger/open-ledger.ts';
import { makeActivities } from './activities/make-activities.ts';
import { ModelGates } from './activities/pacing/model-gates.ts';
import { takeEnvironment } from './activities/providers/take-environment.ts';
import type { ActivityContext } from './activities/shared/activity-context.ts';
import { Store } from './activities/shared/store.ts';
import { workerSettingsSchema } from './contracts/worker-settings.ts';
import { failureConverterPath, makeDataConverter } from './infra/codec/data-converter.ts';
import { readPayloadKeys } from './infra/codec/payload-keys.ts';
import { openHome } from './infra/home/open-home.ts';
import { makeBackend } from './infra/jobs/make-backend.ts';
import { readBirth } from './infra/jobs/processes.ts';
import { MACHINE_CLOCK } from './infra/processes/clock.ts';
import { ROOT } from './infra/setup/settings.mjs';
import { connectionOptionsOf } from './infra/temporal/connection-settings.ts';
import { outliveFullLog } from './worker/outlive-full-log.ts';
import { runWorkers } from './worker/run-workers.ts';
import { WorkerLogger } from './worker/worker-logger.ts';
import { loadWorkflowBundle } from './worker/workflow-bundle.ts';

outliveFullLog();
const settings = workerSettingsSchema.parse(process.env);
const keys = readPayloadKeys();
Runtime.install({
  logger: new WorkerLogger(process.env['ETUDE_DEBUG'] ? 'DEBUG' : 'WARN'),
  telemetryOptions: { logging: { forward: {} } },
  shutdownSignals: [],
});

const home = openHome(settings.ETUDE_HOME);
const ledger = new Ledger(await openLedger(home.ledger));
const owner = { pid: settings.ETUDE_OWNER_PID, birth: readBirth(settings.ETUDE_OWNER_PID) ?? '' };
const { backend, jobs } = makeBackend({ home, file: settings.ETUDE_CLUSTER, owner });
const context: ActivityContext = {
  ledger,
  store: new Store(home.store),
  jobs,
  runs: home.runs,
  owner: `${process.pid}/${randomUUID()}`,
  root: ROOT,
  lab: { openai: settings.ETUDE_LAB_OPENAI, anthropic: settings.ETUDE_LAB_ANTHROPIC },
  deadline: settings.ETUDE_CALL_DEADLINE_SECONDS * 1000,
  environment: takeEnvironment(),
  clock: MACHINE_CLOCK,
  gates: new ModelGates(ledger),
};
await backend.reap();

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
void backend.renewLease?.(stopping.signal);

const place = { address: settings.ETUDE_TEMPORAL_ADDRESS, shared: settings.ETUDE_TEMPORAL_SHARED === 'yes' };
const connection = await NativeConnection.connect(connectionOptionsOf(place));
try {
  await runWorkers({
    connection,
    namespace: settings.ETUDE_TEMPORAL_NAMESPACE,
    home: home.id,
    context,
    activities: makeActivities(context, backend),
    workflowBundle: await loadWorkflowBundle(join(home.state, 'bundles'), failureConverterPath(keys)),
    dataConverter: makeDataConverter(keys),
    signal: stopping.signal,
  });
} finally {
  await connection.close();
  await ledger.close();
}
