/** The workers of one process: one for each task queue of the studies in its home; new studies get theirs as they start. */
import { setTimeout as wait } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { removeWorker, renewWorker } from '../activities/ledger/live-workers.ts';
import { isAtWork, listStudies, type KnownStudy } from '../activities/ledger/studies.ts';
import type { Activities } from '../activities/make-activities.ts';
import { ModelGates } from '../activities/pacing/model-gates.ts';
import { loadPlan, type ActivityContext } from '../activities/shared/activity-context.ts';
import { queueName } from '../contracts/ids.ts';
import type { Runtime } from '../contracts/plan.ts';
import { SHARED_QUEUES, type SharedQueue } from '../contracts/queues.ts';
import { shareOf, type Seat } from '../domain/run/share-limit.ts';
import { activitiesOn } from './activities-on.ts';
import { CallQueues } from './call-queues.ts';
import { heartbeatLongWork } from './heartbeat-long-work.ts';
import { noteRetries } from './note-retries.ts';
import { readPaces } from './read-paces.ts';
import { stripStacks } from './strip-stacks.ts';

export interface RunWorkersInput {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** The home's id: part of every queue's name. */
  readonly home: string;
  readonly context: ActivityContext;
  readonly activities: Activities;
  readonly workflowBundle: WorkflowBundleOption;
  readonly dataConverter: DataConverter;
  readonly signal: AbortSignal;
}

const POLL_LEDGER_MS = 1_000;
/** Until the ledger has said otherwise, other workers may be sending. */
const UNKNOWN: Seat = { place: 0, of: 1, joining: true };

/** Resolves when every worker has stopped after `signal`; rejects when one fails. */
export async function runWorkers(input: RunWorkersInput): Promise<void> {
  const running = new Map<string, { worker: Worker; ended: Promise<void> }>();
  const broken = new AbortController();
  const signal = AbortSignal.any([input.signal, broken.signal]);
  const start = async (options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>): Promise<void> => {
    if (running.has(options.taskQueue)) return;
    const worker = await Worker.create({ ...common(input), ...options });
    const ended = worker.run();
    // The error itself is thrown by the last line of this function, after the other workers were asked to stop.
    ended.catch(() => broken.abort());
    running.set(options.taskQueue, { worker, ended });
  };
  const gates = input.context.gates ?? new ModelGates(input.context.ledger);
  const calls = new CallQueues({ ...input, gates, ledger: input.context.ledger });
  const { owner, ledger } = input.context;
  const { tables } = ledger;
  // A ledger that is locked leaves it as it was.
  let seat: Seat = UNKNOWN;
  const ends = () => [...running.values()].map(({ ended }) => ended);
  try {
    await startShared(input, start);
    while (!signal.aborted) {
      seat = await renewWorker(tables, owner).catch(() => seat);
      const studies = await studiesAtWork(input.context);
      for (const study of studies) await startShared(input, start, study);
      for (const [name, pace] of await readPaces(input.context, studies, input.home))
        await calls.keep(name, pace, (all) => shareOf(all, seat), start);
      await wait(POLL_LEDGER_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    // Also after an error: closing a connection that workers still use throws, which would hide the first error.
    for (const { worker } of running.values()) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(ends());
    await removeWorker(tables, owner).catch(() => undefined);
  }
  await Promise.all(ends());
}

const damaged = new Set<string>();

/** Leaves out a study whose plan cannot be read, and reports it once: the other studies continue. */
async function studiesAtWork(context: ActivityContext): Promise<KnownStudy[]> {
  const readable: KnownStudy[] = [];
  for (const study of (await listStudies(context.ledger.tables)).filter(isAtWork))
    try {
      await loadPlan(context, study.plan);
      readable.push(study);
    } catch (error) {
      if (!damaged.has(study.plan)) process.stderr.write(`Study ${study.name} is left out: ${String(error)}\n`);
      damaged.add(study.plan);
    }
  return readable;
}

export type Start = (options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>) => Promise<void>;

interface Serving {
  /** Activities at the same time in one process; undefined while no study has said how many. */
  readonly slots: (cluster: Runtime['cluster'] | undefined) => number | undefined;
  /** Whether the server is to notice within seconds when a worker dies; long work heartbeats by itself. */
  readonly heartbeats?: boolean;
  /** How seldom heartbeats go to the server, where there are many. */
  readonly maxHeartbeatThrottleInterval?: '10 seconds';
}

/** How each queue of the home is served; what it serves is in `contracts/queues.ts`. */
const SERVING: Readonly<Record<SharedQueue, Serving>> = {
  control: { slots: () => 50, heartbeats: true },
  training: { slots: (cluster) => cluster?.trainings },
  serving: { slots: (cluster) => cluster?.servers },
  // A queue of its own: batch activities wait for hours, and must not take slots of a model meanwhile.
  // As many as shards of a student may wait for the same batches.
  batch: { slots: () => 2_000, heartbeats: true, maxHeartbeatThrottleInterval: '10 seconds' },
  // A queue of its own for activities that only wait: on another queue they could take the slots of what they wait for.
  waiting: { slots: () => 1_000, heartbeats: true },
};

/** Starts a worker for each shared queue that has none yet and whose number of slots is known. */
async function startShared(input: RunWorkersInput, start: Start, study?: KnownStudy): Promise<void> {
  for (const queue of SHARED_QUEUES) {
    const { slots, heartbeats, ...more } = SERVING[queue];
    const atOnce = slots(study?.runtime.cluster);
    if (atOnce === undefined) continue;
    await start({
      ...more,
      interceptors: {
        activity: [stripStacks, ...(heartbeats ? [heartbeatLongWork] : []), noteRetries(input.context.ledger)],
      },
      taskQueue: queueName(input.home, queue),
      activities: activitiesOn(queue, input.activities),
      maxConcurrentActivityTaskExecutions: atOnce,
      // The control queue runs the workflows too, beside the activities that do their bookkeeping.
      ...(queue === 'control' && { workflowBundle: input.workflowBundle }),
    });
  }
}

const common = ({ connection, namespace, dataConverter }: RunWorkersInput) => ({
  connection,
  namespace,
  dataConverter,
  // Fixed, because the SDK's default would put the host's name into histories (invariant 7).
  identity: 'etude-worker',
  // A server or training learns of its cancellation with its next heartbeat, so heartbeats must be frequent.
  maxHeartbeatThrottleInterval: '2 seconds',
  defaultHeartbeatThrottleInterval: '2 seconds',
  interceptors: { activity: [stripStacks] },
  // Short, because nothing is lost: calls are repeated by key, and long jobs run on and are attached to again.
  shutdownGraceTime: '1 second',
  shutdownForceTime: '8 seconds',
});
