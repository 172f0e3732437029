/** The workers of one process: one for each task queue of every study that its home knows, added as studies come. */
import { setTimeout as wait } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { isAtWork, listStudies, type KnownStudy } from '../activities/ledger/studies.ts';
import type { Activities } from '../activities/make-activities.ts';
import { loadPlan, type ActivityContext } from '../activities/shared/activity-context.ts';
import { queueName } from '../contracts/ids.ts';
import type { Runtime } from '../contracts/plan.ts';
import { SHARED_QUEUES, type SharedQueue } from '../contracts/queues.ts';
import { activitiesOn } from './activities-on.ts';
import { CallQueues } from './call-queues.ts';
import { heartbeatLongWork } from './heartbeat-long-work.ts';
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

const LOOK_FOR_STUDIES_MS = 1_000;

/** Resolves when every worker has stopped after `signal`; rejects when one fails. */
export async function runWorkers(input: RunWorkersInput): Promise<void> {
  const running = new Map<string, { worker: Worker; ended: Promise<void> }>();
  const broken = new AbortController();
  const signal = AbortSignal.any([input.signal, broken.signal]);
  const start = async (options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>): Promise<void> => {
    if (running.has(options.taskQueue)) return;
    const worker = await Worker.create({ ...common(input), ...options });
    const ended = worker.run();
    // Told at the end, when the others have been asked to stop.
    ended.catch(() => broken.abort());
    running.set(options.taskQueue, { worker, ended });
  };
  const calls = new CallQueues(input);
  const ends = () => [...running.values()].map(({ ended }) => ended);
  try {
    await startShared(input, start);
    while (!signal.aborted) {
      const studies = await studiesAtWork(input.context);
      for (const study of studies) await startShared(input, start, study);
      for (const [name, pace] of await readPaces(input.context, studies, input.home))
        await calls.keep(name, pace, start);
      await wait(LOOK_FOR_STUDIES_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    // Also after a fault: a connection that workers hold cannot be closed, and would hide the fault behind that.
    for (const { worker } of running.values()) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(ends());
  }
  await Promise.all(ends());
}

const damaged = new Set<string>();

/** One whose plan cannot be read is told once and left alone: the others go on. */
async function studiesAtWork(context: ActivityContext): Promise<KnownStudy[]> {
  const readable: KnownStudy[] = [];
  for (const study of (await listStudies(context.ledger.tables)).filter(isAtWork))
    try {
      await loadPlan(context, study.plan);
      readable.push(study);
    } catch (error) {
      if (!damaged.has(study.plan)) process.stderr.write(`Study ${study.name} cannot go on: ${String(error)}\n`);
      damaged.add(study.plan);
    }
  return readable;
}

export type Start = (options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>) => Promise<void>;

interface Serving {
  /** Activities at the same time in one process; undefined while no study has said how many. */
  readonly slots: (cluster: Runtime['cluster'] | undefined) => number | undefined;
  readonly interceptors?: NonNullable<WorkerOptions['interceptors']>;
}

const heartbeating = { activity: [stripStacks, heartbeatLongWork] };

/** How each queue of the home is served; what it serves is in `contracts/queues.ts`. */
const SERVING: Readonly<Record<SharedQueue, Serving>> = {
  control: { slots: () => 50, interceptors: heartbeating },
  training: { slots: (cluster) => cluster?.trainings },
  serving: { slots: (cluster) => cluster?.servers },
  // Each waits for hours and holds no slot of a model meanwhile.
  batch: { slots: () => 200, interceptors: heartbeating },
  // One for every study, and every arm that is not served yet: what they wait for needs the slots of the other queues.
  waiting: { slots: () => 1_000, interceptors: heartbeating },
};

/** Those that can be started; a queue that is served already stays as it is. */
async function startShared(input: RunWorkersInput, start: Start, study?: KnownStudy): Promise<void> {
  for (const queue of SHARED_QUEUES) {
    const { slots, ...more } = SERVING[queue];
    const atOnce = slots(study?.runtime.cluster);
    if (atOnce === undefined) continue;
    await start({
      ...more,
      taskQueue: queueName(input.home, queue),
      activities: activitiesOn(queue, input.activities),
      maxConcurrentActivityTaskExecutions: atOnce,
      // Workflows run where their bookkeeping is.
      ...(queue === 'control' && { workflowBundle: input.workflowBundle }),
    });
  }
}

const common = ({ connection, namespace, dataConverter }: RunWorkersInput) => ({
  connection,
  namespace,
  dataConverter,
  // Fixed: the host's name stays out of histories (invariant 7).
  identity: 'etude-worker',
  // A cancelled server or training learns of it with its next heartbeat.
  maxHeartbeatThrottleInterval: '2 seconds',
  defaultHeartbeatThrottleInterval: '2 seconds',
  interceptors: { activity: [stripStacks] },
  // What is cut here is asked again by key; long jobs go on and are attached to.
  shutdownGraceTime: '1 second',
  shutdownForceTime: '8 seconds',
});
