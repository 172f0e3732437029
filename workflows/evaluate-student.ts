import { CancellationScope, executeChild } from '@temporalio/workflow';
import { cellId, cellPath } from '../contracts/ids.ts';
import type { EvaluateInput } from '../contracts/workflows.ts';
import { allOrCancel } from './all-or-cancel.ts';
import { servingActivities, waitingActivities } from './call-activities.ts';
import { evaluateCell } from './evaluate-cell.ts';
import { runWindowed } from './run-windowed.ts';

/** Serves one checkpoint and evaluates all its cells. However it ends, its server and its cells have ended before. */
export async function evaluateStudent(input: EvaluateInput): Promise<void> {
  const { served, plan, outline } = input;
  const { serveStudent } = servingActivities(outline.queues.serving);
  await allOrCancel(() => {
    const server = new CancellationScope();
    // The server ends by itself only when it fails for good.
    const serving = server
      .run(async () => void (await serveStudent({ plan, tuned: served })))
      .catch((error: unknown) => {
        // Once cancelled, the activity may end in any way: it fails by its heartbeat if its worker is killed meanwhile,
        // and that must not fail the arm.
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
