import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/make-activities.ts';
import type { MessageActivity } from '../contracts/messages.ts';
import type { QueueKind, ServedBy } from '../contracts/queues.ts';

type On<Kind extends QueueKind> = Pick<Activities, ServedBy<Kind>>;

/** Retries for ever, at most a minute apart: overload and outages pass, and giving up would lose what was paid for. */
const FOREVER = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

/**
 * Some texts, each as a whole: at a slow model, or one that may be asked seldom, they take hours. Each request has a
 * deadline of its own; a missing heartbeat means that the worker was killed.
 */
export const textActivities = (taskQueue: string) =>
  proxyActivities<Pick<On<'call'>, 'askTexts'>>({
    taskQueue,
    startToCloseTimeout: '7 days',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });

/**
 * One model request, whose own deadline is far below five minutes. A missing heartbeat means that its worker was
 * killed.
 */
export const callActivities = (taskQueue: string) =>
  proxyActivities<Omit<On<'call'>, 'askTexts'>>({
    taskQueue,
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });

/**
 * The batches of a shard, each of which may take a day. When cancelled, the activity ends them at the provider; the
 * workflow waits for that, so that replies which are finished get into the ledger.
 */
export const batchActivities = (taskQueue: string) =>
  proxyActivities<On<'batch'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '30 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: FOREVER,
  });

/**
 * Bookkeeping, a matter of moments. A full disk or a locked ledger must not fail an arm, so it is retried for ever;
 * permanent failures are thrown as non-retryable.
 */
export const controlActivities = (taskQueue: string) =>
  proxyActivities<Omit<On<'control'>, MessageActivity | 'analyse'>>({
    taskQueue,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '2 minutes',
    retry: FOREVER,
  });

/**
 * Analysis, a matter of minutes. Nothing comes after it, so after 20 attempts the study fails: then an operator sees
 * the error.
 */
export const analysingActivities = (taskQueue: string) =>
  proxyActivities<Pick<On<'control'>, 'analyse'>>({
    taskQueue,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '2 minutes',
    retry: { ...FOREVER, maximumAttempts: 20 },
  });

/**
 * Activities that only wait, perhaps for days: until a student answers, or until what waits for the operator changes. A
 * missing heartbeat means that their worker was killed.
 */
export const waitingActivities = (taskQueue: string) =>
  proxyActivities<On<'waiting'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });

/**
 * A training, which may take days. A retry attaches to the running job, or resumes from its last complete checkpoint.
 */
export const trainingActivities = (taskQueue: string) =>
  proxyActivities<On<'training'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '1 minute',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: FOREVER,
  });

/**
 * A student's server, which runs as long as its evaluation. Cancelling stops it, and the workflow waits until it has
 * stopped.
 */
export const servingActivities = (taskQueue: string) =>
  proxyActivities<On<'serving'>>({
    taskQueue,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: '30 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: FOREVER,
  });

/** An operator's message. A pause takes as long as the longest request in flight. Refusals are not retried. */
export const operatorActivities = (taskQueue: string) =>
  proxyActivities<Pick<On<'control'>, MessageActivity>>({
    taskQueue,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '30 seconds',
    retry: FOREVER,
  });
