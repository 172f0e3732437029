import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/**
 * Reduces failures of activities to name and message before they enter histories: stacks contain paths of this machine,
 * and a library's error may quote what was sent (invariant 7).
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
