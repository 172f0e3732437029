import protos from '@temporalio/proto'; // CommonJS: no named exports here
import type { NativeConnection } from '@temporalio/worker';

const { TASK_QUEUE_TYPE_ACTIVITY } = protos.temporal.api.enums.v1.TaskQueueType;

interface LiftQueueLimitInput {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** Paces are kept by the ledger, request by request. A server may remember a limit of an earlier version, which counted activities. */
export async function liftQueueLimit({ connection, ...queue }: LiftQueueLimitInput): Promise<void> {
  await connection.workflowService.updateTaskQueueConfig({
    ...queue,
    identity: 'etude-worker',
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    updateQueueRateLimit: { reason: 'paces are kept by the ledger' },
  });
}
