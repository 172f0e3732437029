import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { heartbeatWhile } from '../activities/shared/heartbeat-while.ts';

/** Sends heartbeats for activities that send none themselves, so that the server notices when their worker dies. */
export const heartbeatLongWork: ActivityInterceptorsFactory = () => ({
  inbound: { execute: (input, next) => heartbeatWhile(() => next(input)) },
});
