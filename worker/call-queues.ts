/** The workers of the call queues: one queue per model, each at the rate that the ledger names at the moment. */
import { Runtime, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/make-activities.ts';
import type { QueuePace } from '../domain/run/pace-queues.ts';
import { activitiesOn } from './activities-on.ts';
import { CallSlots } from './call-slots.ts';
import { heartbeatLongWork } from './heartbeat-long-work.ts';
import { limitQueue } from './limit-queue.ts';
import { stripStacks } from './strip-stacks.ts';

interface CallQueuesInput {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: Activities;
}

interface KeptQueue {
  readonly slots: CallSlots;
  requestsPerMinute: number | undefined;
}

export class CallQueues {
  readonly #input: CallQueuesInput;
  readonly #kept = new Map<string, KeptQueue>();

  constructor(input: CallQueuesInput) {
    this.#input = input;
  }

  /** Starts the queue's worker, or applies a new pace to it. A rate that the server refuses is tried again next time. */
  async keep(
    taskQueue: string,
    { rate: { concurrency, requestsPerMinute }, open }: QueuePace,
    start: (options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>) => Promise<void>,
  ): Promise<void> {
    const known = this.#kept.get(taskQueue);
    known?.slots.setCeiling(open ? concurrency : 0);
    if (known && known.requestsPerMinute === requestsPerMinute) return;
    const { connection, namespace } = this.#input;
    try {
      // Before the first request is sent; also when there is no rate, since the server remembers an earlier one.
      await limitQueue({ connection, namespace, taskQueue, requestsPerMinute });
    } catch (error) {
      Runtime.instance().logger.warn('The Temporal server did not accept a rate limit; trying again.', {
        taskQueue,
        error: String(error),
      });
      return;
    }
    if (known) known.requestsPerMinute = requestsPerMinute;
    else {
      const slots = new CallSlots(taskQueue, open ? concurrency : 0);
      this.#kept.set(taskQueue, { slots, requestsPerMinute });
      await start(this.#worker(taskQueue, slots));
    }
  }

  #worker(taskQueue: string, slots: CallSlots) {
    const none = { type: 'fixed-size', numSlots: 1 } as const;
    return {
      taskQueue,
      activities: activitiesOn('call', this.#input.activities),
      interceptors: { activity: [stripStacks, heartbeatLongWork, slots.interceptor] },
      tuner: {
        activityTaskSlotSupplier: slots,
        workflowTaskSlotSupplier: none,
        localActivityTaskSlotSupplier: none,
        nexusTaskSlotSupplier: none,
      },
    };
  }
}
