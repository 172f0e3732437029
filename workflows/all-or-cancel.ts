import { CancellationScope } from '@temporalio/workflow';

/**
 * Waits for all promises that `start` returns. After the first failure, or when the workflow is cancelled, cancels the
 * rest and waits for them too: a parent that closes earlier would terminate children that are still stopping their
 * servers.
 */
export async function allOrCancel(start: () => readonly Promise<unknown>[]): Promise<void> {
  const scope = new CancellationScope();
  await scope.run(async () => {
    const running = start();
    try {
      await Promise.all(running);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(running);
      throw error;
    }
  });
}
