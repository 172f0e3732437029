import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/**
 * Failures of activities enter histories with name and message only: stacks hold this machine's paths, and a library's
 * error may carry what it was sent (invariant 7).
 */
export const stripStacks: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        for (let at: unknown = error; at instanceof Error; at = at.cause) at.stack = `${at.name}: ${at.message}`;
        throw error;
      }
    },
  },
});
