/** The workers of the call queues: one queue per model, open while it may be asked; the gates of the models keep their paces. */
import { Runtime, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Ledger } from '../activities/ledger/ledger.ts';
import type { Activities } from '../activities/make-activities.ts';
import type { ModelGates } from '../activities/pacing/model-gates.ts';
import type { QueuePace } from '../domain/run/pace-queues.ts';
import { activitiesOn } from './activities-on.ts';
import { CallSlots } from './call-slots.ts';
import { heartbeatLongWork } from './heartbeat-long-work.ts';
import { liftQueueLimit } from './lift-queue-limit.ts';
import { noteRetries } from './note-retries.ts';
import { stripStacks } from './strip-stacks.ts';

interface CallQueuesInput {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: Activities;
  readonly gates: ModelGates;
  readonly ledger: Ledger;
}

export class CallQueues {
  readonly #input: CallQueuesInput;
  readonly #slots = new Map<string, CallSlots>();

  constructor(input: CallQueuesInput) {
    this.#input = input;
  }

  /**
   * Starts the queue's worker, or applies a new pace to it. `share`: the part of the requests in flight that is this
   * process's. A queue whose old limit the server does not lift is tried again next time.
   */
  async keep(
    taskQueue: string,
    { model, rate: { concurrency, ...perMinute }, open }: QueuePace,
    share: (all: number) => number,
    start: (options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>) => Promise<void>,
  ): Promise<void> {
    const most = open ? share(concurrency) : 0;
    this.#input.gates.setPace(model, { ...perMinute, concurrency: most });
    const known = this.#slots.get(taskQueue);
    if (known) return known.setMost(most);
    const { connection, namespace } = this.#input;
    try {
      await liftQueueLimit({ connection, namespace, taskQueue });
    } catch (error) {
      Runtime.instance().logger.warn('The Temporal server did not lift the limit of a queue; trying again.', {
        taskQueue,
        error: String(error),
      });
      return;
    }
    const slots = new CallSlots(most);
    this.#slots.set(taskQueue, slots);
    await start(this.#worker(taskQueue, slots));
  }

  #worker(taskQueue: string, slots: CallSlots) {
    const none = { type: 'fixed-size', numSlots: 1 } as const;
    return {
      taskQueue,
      activities: activitiesOn('call', this.#input.activities),
      interceptors: { activity: [stripStacks, heartbeatLongWork, noteRetries(this.#input.ledger)] },
      tuner: {
        activityTaskSlotSupplier: slots,
        workflowTaskSlotSupplier: none,
        localActivityTaskSlotSupplier: none,
        nexusTaskSlotSupplier: none,
      },
    };
  }
}
