/** Workflows on a real Temporal server with activities that a test scripts: what fails, and when, is the test's to say. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker, type WorkflowBundle, type WorkflowBundleOption } from '@temporalio/worker';
import type { Activities } from '../../../activities/make-activities.ts';
import { SEARCH_ATTRIBUTES } from '../../../contracts/workflows.ts';
import type { WorkflowPlan } from '../../../contracts/workflows.ts';
import { openHome } from '../../../infra/home/open-home.ts';
import { ensureSetUp } from '../../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../../infra/temporal/dev-server.ts';
import { loadWorkflowBundle } from '../../../worker/workflow-bundle.ts';
import type { runStudy } from '../../../workflows/run-study.ts';
import { findServices } from './live-services.ts';

/** Every call of every activity, in the order of their starts. */
export interface Logged {
  readonly activity: keyof Activities;
  readonly input: never;
}

export type Script = {
  [Name in keyof Activities]?: (
    input: Parameters<Activities[Name]>[0],
  ) => Promise<Awaited<ReturnType<Activities[Name]>>>;
};

export interface Bench {
  readonly environment: TestWorkflowEnvironment;
  readonly workflowBundle: WorkflowBundle;
  readonly close: () => Promise<void>;
}

/** On the server that all tests of a run share. */
export async function openBench(): Promise<Bench> {
  const { address, workflowBundle } = await findServices();
  const environment = await connect(address);
  return { environment, workflowBundle, close: () => environment.teardown() };
}

/** On a server of its own, for what runs outside of Jest: started as a home starts its own. */
export async function openOwnBench(): Promise<Bench> {
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, () => undefined);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'etude-bench-')));
  const server = await startTemporal({ binary, home: openHome(folder), searchAttributes: SEARCH_ATTRIBUTES });
  const environment = await connect(server.address);
  return {
    environment,
    workflowBundle: await loadWorkflowBundle(join(folder, 'bundles')),
    close: async () => {
      await environment.teardown();
      await server.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function connect(address: string): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return TestWorkflowEnvironment.createFromExistingServer({ address });
}

/** A server that serves until it is cancelled. */
export const serveUntilCancelled = async (context: {
  cancelled: Promise<never>;
  heartbeat: () => void;
}): Promise<never> => {
  const beat = setInterval(() => context.heartbeat(), 200);
  return context.cancelled.finally(() => clearInterval(beat));
};

/** A small outline: two arms that are tuned and one that is not, one cell, all work on one queue. */
export function smallOutline(queue: string, change: Partial<WorkflowPlan> = {}): WorkflowPlan {
  return {
    queues: {
      control: queue,
      training: queue,
      serving: queue,
      waiting: queue,
      batch: queue,
      teacher: queue,
      keepGrader: queue,
      graders: [queue, queue],
      students: { tiny: queue },
    },
    modes: { teacher: 'single', keepGrader: 'single', graders: ['single', 'single'] },
    models: ['there/teacher', 'there/grader', 'tiny'],
    sizes: { callsPerShard: 500, childrenAtOnce: 4, window: 8, eventsPerRun: 2_000 },
    teacherTurns: 2,
    keepGradings: 1,
    compose: [{ list: 0, partition: 0, k: 1, waves: [4, 2, 2] }],
    students: [{ id: 'tiny', turns: 1, pretrained: true }],
    arms: [
      { id: 'base', trained: false },
      { id: '1', trained: true },
      { id: '1,2', trained: true },
    ],
    replicates: 1,
    partitions: 1,
    cells: [{ list: 0, partition: 0, k: 2, setting: 'train', items: 3 }],
    generations: 2,
    gradings: 2,
    ...change,
  };
}

export interface Ran {
  readonly handle: WorkflowHandle<typeof runStudy>;
  readonly log: readonly Logged[];
}

export interface WorkerOfScript {
  readonly script: Script;
  readonly queue?: string;
  /** Activities at the same time. */
  readonly slots?: number;
  readonly workflowBundle?: WorkflowBundleOption;
}

/** Runs a worker with scripted activities as long as `work` takes. */
export async function withWorker<T>(
  { environment, workflowBundle }: Bench,
  { script, queue = randomUUID(), slots = 100, ...other }: WorkerOfScript,
  work: (running: { queue: string; log: readonly Logged[] }) => Promise<T>,
): Promise<T> {
  const log: Logged[] = [];
  const activities = Object.fromEntries(
    Object.entries({ ...DEFAULTS, ...script }).map(([activity, run]) => [
      activity,
      (input: never) => {
        log.push({ activity: activity as keyof Activities, input });
        return (run as (input: never) => Promise<unknown>)(input);
      },
    ]),
  );
  const connection = environment.nativeConnection;
  const worker = await Worker.create({
    connection,
    workflowBundle: other.workflowBundle ?? workflowBundle,
    taskQueue: queue,
    activities,
    maxConcurrentActivityTaskExecutions: slots,
    maxHeartbeatThrottleInterval: 200,
    defaultHeartbeatThrottleInterval: 200,
  });
  return worker.runUntil(() => work({ queue, log }));
}

/** Runs `runStudy` under a script and hands it to `work` while it runs. */
export async function withStudy<T>(
  bench: Bench,
  { outline = smallOutline, ...worker }: WorkerOfScript & { outline?: (queue: string) => WorkflowPlan },
  work: (ran: Ran) => Promise<T>,
): Promise<T> {
  return withWorker(bench, worker, async ({ queue, log }) => {
    const study = `study-${queue}`;
    const args: Parameters<typeof runStudy> = [{ study, plan: 'a'.repeat(64), outline: outline(queue) }];
    const handle = await bench.environment.client.workflow.start<typeof runStudy>('runStudy', {
      workflowId: study,
      taskQueue: queue,
      args,
    });
    return work({ handle, log });
  });
}

const DEFAULTS: Script = {
  askTexts: async ({ texts }) => ({ generated: texts.to - texts.from }),
  writeText: async () => ({ end: 'generated' }),
  gradeText: async () => ({ end: 'graded' }),
  writeBatch: async () => undefined,
  gradeBatch: async () => undefined,
  endBatches: async () => undefined,
  countKept: async ({ composed }) => ({ kept: composed, target: 4 }),
  trainBase: async () => ({ digest: 'base' }),
  tuneStudent: async ({ arm }) => ({ digest: arm }),
  serveStudent: async () => {
    const { Context } = await import('@temporalio/activity');
    return serveUntilCancelled(Context.current());
  },
  awaitServed: async () => ({ digest: 'served' }),
  listAsked: async ({ cells }) => [...cells],
  failArm: async () => undefined,
  watchStudy: async () => {
    const { Context } = await import('@temporalio/activity');
    return serveUntilCancelled(Context.current());
  },
  settleShard: async () => undefined,
  analyse: async () => ({ results: 'results.json', failedArms: 0 }),
};
