import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { heartbeatWhile } from '../activities/shared/heartbeat-while.ts';

/** For activities that tell nothing of their own with their heartbeats. */
export const heartbeatLongWork: ActivityInterceptorsFactory = () => ({
  inbound: { execute: (input, next) => heartbeatWhile(() => next(input)) },
});
