import { heartbeat } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

const EVERY_MS = 5_000;

/**
 * An activity that takes longer than a moment heartbeats, so that a killed worker's work is taken up within the
 * heartbeat timeout and not after its deadline. Short ones cost nothing.
 */
export const heartbeatLongWork: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      const timer = setInterval(() => heartbeat(), EVERY_MS);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  },
});
