import { CancellationScope, executeChild } from '@temporalio/workflow';
import { cellId, cellPath } from '../contracts/ids.ts';
import type { EvaluateInput } from '../contracts/workflows.ts';
import { allOrCancel } from './all-or-cancel.ts';
import { servingActivities, waitingActivities } from './call-activities.ts';
import { evaluateCell } from './evaluate-cell.ts';
import { runWindowed } from './run-windowed.ts';

/** Serves one checkpoint and evaluates all its cells; cells and server have ended, whatever happens, when it ends. */
export async function evaluateStudent(input: EvaluateInput): Promise<void> {
  const { served, plan, outline } = input;
  const { serveStudent } = servingActivities(outline.queues.serving);
  await allOrCancel(() => {
    const server = new CancellationScope();
    // The server ends by itself only when it fails for good.
    const serving = server
      .run(async () => void (await serveStudent({ plan, tuned: served })))
      .catch((error: unknown) => {
        // How a server ends that was told to is nobody's outcome: a worker that is killed then fails it by its heartbeat.
        if (!server.consideredCancelled) throw error;
      });
    return [serving, evaluateCells(input).finally(() => server.cancel())];
  });
}

async function evaluateCells({ served, cells, ...within }: EvaluateInput): Promise<void> {
  const { study, plan, outline } = within;
  const { awaitServed } = waitingActivities(outline.queues.waiting);
  await awaitServed({ plan, tuned: served, cells: cells.map(({ tuned, cell }) => cellPath(tuned, cell)) });
  await runWindowed(cells, outline.sizes.childrenAtOnce, ({ tuned, cell }) =>
    executeChild(evaluateCell, {
      workflowId: cellId(study, tuned, cell),
      staticSummary: `Arm ${tuned.arm}, k = ${cell.k}, ${cell.setting}`,
      args: [{ ...within, tuned, cell }],
    }),
  );
}
