import { CancellationScope, executeChild, isCancellation } from '@temporalio/workflow';
import { cellId, cellPath } from '../contracts/ids.ts';
import type { EvaluateInput } from '../contracts/workflows.ts';
import { servingActivities, waitingActivities } from './call-activities.ts';
import { evaluateCell } from './evaluate-cell.ts';
import { runWindowed } from './run-windowed.ts';

/** Serves one checkpoint and evaluates all its cells; the server is stopped whatever happens. */
export async function evaluateStudent({ served, cells, ...within }: EvaluateInput): Promise<void> {
  const { study, plan, outline } = within;
  const { awaitServed } = waitingActivities(outline.queues.control);
  const server = new CancellationScope();
  const serving = server.run(() => servingActivities(outline.queues.serving).serveStudent({ plan, tuned: served }));
  const evaluating = async (): Promise<void> => {
    await awaitServed({ plan, tuned: served, cells: cells.map(({ tuned, cell }) => cellPath(tuned, cell)) });
    await runWindowed(cells, outline.sizes.childrenAtOnce, ({ tuned, cell }) =>
      executeChild(evaluateCell, { workflowId: cellId(study, tuned, cell), args: [{ ...within, tuned, cell }] }),
    );
  };
  try {
    // The server ends by itself only when it fails for good.
    await Promise.race([evaluating(), serving]);
  } finally {
    server.cancel();
    await CancellationScope.nonCancellable(() => serving.catch(ignoreCancellation));
  }
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
