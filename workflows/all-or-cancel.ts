import { CancellationScope } from '@temporalio/workflow';

/**
 * Waits for all that `start` starts. After the first failure, or when the workflow is cancelled, the rest is cancelled
 * and waited for: a parent that closes earlier would terminate children that are still stopping their servers.
 */
export async function allOrCancel(start: () => readonly Promise<unknown>[]): Promise<void> {
  const scope = new CancellationScope();
  await scope.run(async () => {
    const works = start();
    try {
      await Promise.all(works);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(works);
      throw error;
    }
  });
}
