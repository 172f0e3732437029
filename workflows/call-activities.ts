import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/make-activities.ts';

/** Grows to a minute and never gives up: overload and outages end, and nothing paid may be lost for impatience. */
const FOREVER = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

/** One model request: it ends by its own deadline, far below five minutes; the heartbeat tells of a killed worker. */
export const callActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'writeText' | 'gradeText'>>({
    taskQueue,
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });

/** Batches of a shard: each may take a day. Cancelling ends them at the provider, and we wait until what was done is kept. */
export const batchActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'writeBatch' | 'gradeBatch' | 'endBatches'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '30 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: FOREVER,
  });

/** Bookkeeping: moments. A full disk or a locked ledger is no outcome of an arm; a fault for good says so itself. */
export const controlActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'countKept' | 'failArm' | 'settleShard' | 'listAsked'>>({
    taskQueue,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '2 minutes',
    retry: FOREVER,
  });

/** The last step: minutes. Nothing comes after it: what stays wrong ends the study, so that a person sees it. */
export const analysingActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'analyse'>>({
    taskQueue,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '2 minutes',
    retry: { ...FOREVER, maximumAttempts: 20 },
  });

/** Only wait, for days: until a student answers, or what waits for a person changes. The heartbeat tells of a dead worker. */
export const waitingActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'awaitServed' | 'watchStudy'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });

/** A training: days; a retry attaches to the job that runs, or goes on from its last whole checkpoint. */
export const trainingActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'trainBase' | 'tuneStudent'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '1 minute',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: FOREVER,
  });

/** A student's server: lives as long as its evaluation; cancelling stops it, and we wait until it has stopped. */
export const servingActivities = (taskQueue: string) =>
  proxyActivities<Pick<Activities, 'serveStudent'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '30 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: FOREVER,
  });

/** A person's message: a pause takes as long as the longest request in flight. Refusals are not retried. */
export const handActivities = (taskQueue: string) =>
  proxyActivities<
    Pick<
      Activities,
      'pauseStudy' | 'resumeStudy' | 'resumeProvider' | 'raiseBudget' | 'changeRates' | 'amendCell' | 'redoFailed'
    >
  >({
    taskQueue,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });
