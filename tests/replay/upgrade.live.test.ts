import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { openBench, withWorker, type Bench } from '../support/runner/scripted-study.ts';
import { recordHistory } from './record-history.ts';
import { replayHistory, type RecordedHistory } from './replay-history.ts';

const bundle = (version: string): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`./fixtures/version-${version}.ts`, import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });

let bench: Bench;
let patched: WorkflowBundleWithSourceMap;
let recorded: RecordedHistory;
const workflowId = `fixture-${randomUUID()}`;
const queue = randomUUID();

/** Version 1 is stopped in its first step, as by Ctrl-C. */
beforeAll(async () => {
  bench = await openBench();
  patched = await bundle('2-patched');
  let reached = (): void => undefined;
  const begun = new Promise<void>((resolve) => (reached = resolve));
  const script = {
    countKept: async () => {
      reached();
      return { kept: 0, target: 0 };
    },
    analyse: () => Context.current().cancelled,
  };
  await withWorker(bench, { script, queue, workflowBundle: await bundle('1') }, async () => {
    const args = [{ plan: 'a'.repeat(64) }];
    await bench.environment.client.workflow.start('twoSteps', { workflowId, taskQueue: queue, args });
    await begun;
    recorded = await recordHistory(bench.environment.client, { workflowId });
  });
});
afterAll(() => bench.close());

describe('a change of the commands of a workflow', () => {
  it('fails the replay of what ran before, and says of which workflow, where and what to do', async () => {
    const error = await replayHistory(await bundle('2-changed'), recorded).catch((reason: Error) => reason);
    expect(error).toMatchObject({ cause: { name: 'DeterminismViolationError' } });
    const { message } = error as Error;
    expect(message).toContain(`Workflow twoSteps no longer makes the commands of a recorded history (${workflowId})`);
    // Its first workflow task is a later event where the machine stood still.
    const parted = recorded.history.events.find(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED');
    expect(message).toContain(
      `after event ${parted?.eventId}, where the history has ACTIVITY_TASK_SCHEDULED (countKept)`,
    );
    expect(message).toContain('patched()');
    expect(message).toContain('docs/upgrading.md');
  });

  it('passes behind patched()', async () => {
    await replayHistory(patched, recorded);
  });

  it('behind patched(): what ran goes on as it began, and what starts afterwards has the change', async () => {
    await withWorker(bench, { script: {}, queue, workflowBundle: patched }, async ({ log }) => {
      const { workflow } = bench.environment.client;
      await workflow.getHandle(workflowId).result();
      expect(log.map(({ activity }) => activity)).not.toContain('settleShard');
      const args = [{ plan: 'a'.repeat(64) }];
      await workflow.execute('twoSteps', { workflowId: `${workflowId}-2`, taskQueue: queue, args });
      expect(log.slice(-3).map(({ activity }) => activity)).toEqual(['settleShard', 'countKept', 'analyse']);
    });
  });
});
