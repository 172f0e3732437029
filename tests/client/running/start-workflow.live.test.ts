import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { saveStudy } from '../../../activities/ledger/studies.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { endCancelled, startWorkflow, type ServedHome } from '../../../client/running/start-workflow.ts';
import { openHome } from '../../../infra/home/open-home.ts';
import { openBench, smallOutline, withWorker, type Bench } from '../../support/runner/scripted-study.ts';
import { makeScratch } from '../../support/scratch.ts';
import { openContext } from '../../support/test-home.ts';

const scratch = makeScratch();
const runtime = { limits: {}, rates: {}, cluster: { backend: 'local' as const, trainings: 1, servers: 1 } };
let bench: Bench;
let context: ActivityContext;
let served: ServedHome;
beforeAll(async () => {
  bench = await openBench();
  context = await openContext(scratch);
  served = { client: bench.environment.client, ledger: context.ledger, home: openHome(scratch) };
});
afterAll(async () => {
  await context.ledger.close();
  await bench.close();
});

const inputOf = (study: string, queue: string, plan = 'a') => ({
  study,
  plan: plan.repeat(64),
  outline: smallOutline(queue),
});
const describeStudy = (study: string) => bench.environment.client.workflow.getHandle(study).describe();

describe('the workflow of a study', () => {
  it('is one, however many start it with the same plan', async () => {
    const input = inputOf('twice', randomUUID());
    await Promise.all([startWorkflow(served, input), startWorkflow(served, input)]);
    const { runId } = await describeStudy('twice');
    await startWorkflow(served, input);
    expect(await describeStudy('twice')).toMatchObject({ runId, status: { name: 'RUNNING' } });
  });

  /** Trains until it is cancelled, and takes a moment to stop. */
  const training = () => {
    let [began, stopped] = [false, false];
    const trainBase = async () => {
      began = true;
      const beat = setInterval(() => Context.current().heartbeat(), 200);
      try {
        return await Context.current().cancelled;
      } finally {
        clearInterval(beat);
        await new Promise((resolve) => setTimeout(resolve, 300));
        stopped = true;
      }
    };
    const untilBegun = async () => {
      while (!began) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    return { trainBase, untilBegun, stopped: () => stopped };
  };

  it('of a study that was cancelled at rest is cancelled in order by the next start', async () => {
    const { trainBase, untilBegun, stopped } = training();
    await withWorker(bench, { script: { trainBase } }, async ({ queue }) => {
      const input = inputOf('rested', queue);
      await startWorkflow(served, input);
      await untilBegun();
      await saveStudy(context.ledger.tables, { name: 'rested', plan: input.plan, runtime, state: 'cancelled' });
      await endCancelled(served);
      expect((await describeStudy('rested')).status.name).toBe('CANCELLED');
      expect(stopped()).toBe(true);
    });
  });

  it('of another plan has stopped what it ran before the new one begins', async () => {
    const { trainBase, untilBegun, stopped } = training();
    await withWorker(bench, { script: { trainBase } }, async ({ queue }) => {
      await startWorkflow(served, inputOf('replaced', queue));
      await untilBegun();
      const { runId } = await describeStudy('replaced');
      await startWorkflow(served, inputOf('replaced', queue, 'b'));
      expect(stopped()).toBe(true);
      expect((await describeStudy('replaced')).runId).not.toBe(runId);
      await bench.environment.client.workflow.getHandle('replaced').terminate();
    });
  });
});
