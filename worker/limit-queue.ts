import protos from '@temporalio/proto'; // CommonJS: no named exports here
import type { NativeConnection } from '@temporalio/worker';

const { TASK_QUEUE_TYPE_ACTIVITY } = protos.temporal.api.enums.v1.TaskQueueType;

interface LimitQueueInput {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly requestsPerMinute: number | undefined;
}

/** Sets how many activities per minute the server takes from a queue, over all workers; `undefined` lifts the limit. */
export async function limitQueue({ connection, requestsPerMinute, ...queue }: LimitQueueInput): Promise<void> {
  await connection.workflowService.updateTaskQueueConfig({
    ...queue,
    identity: 'etude-worker',
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    updateQueueRateLimit: {
      reason: 'rates of the study',
      ...(requestsPerMinute === undefined ? {} : { rateLimit: { requestsPerSecond: requestsPerMinute / 60 } }),
    },
  });
}
