import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import type { GradeBatchInput, GradeTextInput, WriteTextInput } from '../../contracts/activities.ts';
import type { WorkflowPlan } from '../../contracts/workflows.ts';
import {
  openBench,
  serveUntilCancelled,
  smallOutline,
  withStudy,
  type Bench,
  type Logged,
} from '../support/runner/scripted-study.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const inputs = <T>(log: readonly Logged[], activity: Logged['activity']): T[] =>
  log.filter((entry) => entry.activity === activity).map(({ input }) => input as T);

const modes = (given: Partial<WorkflowPlan['modes']>) => (queue: string) =>
  smallOutline(queue, {
    modes: { teacher: 'single', keepGrader: 'single', graders: ['single', 'single'], ...given },
    // Small enough to continue as new: batches wait for the whole shard.
    sizes: { callsPerShard: 500, childrenAtOnce: 4, window: 2, eventsPerRun: 20 },
  });

describe('a shard whose roles are asked by batch', () => {
  it('brings a whole shard home in one activity for each role, and asks the others singly', async () => {
    const outline = modes({ teacher: 'batch', keepGrader: 'batch', graders: ['single', 'batch'] });
    await withStudy(bench, { script: {}, outline }, async ({ handle, log }) => {
      await handle.result();
      expect(inputs(log, 'writeBatch')).toMatchObject([{ texts: { kind: 'compose', list: 0, from: 0, to: 4 } }]);
      const graded = inputs<GradeBatchInput>(log, 'gradeBatch');
      expect(graded.filter(({ grader }) => grader === 'keep')).toHaveLength(1);
      // One for each arm, after every answer of the shard.
      const evaluated = graded.filter(({ grader }) => grader === 1);
      expect(evaluated.map(({ texts }) => [texts.from, texts.to])).toEqual([0, 1, 2].map(() => [0, 3]));
      expect(graded).toHaveLength(4);
      const singles = inputs<GradeTextInput>(log, 'gradeText');
      expect(new Set(singles.map(({ grader }) => grader))).toEqual(new Set([0]));
      expect(inputs<WriteTextInput>(log, 'writeText').every(({ ref }) => ref.kind === 'evaluate')).toBe(true);
      const arms = evaluated.map(({ texts }) => (texts.kind === 'evaluate' ? texts.tuned.arm : ''));
      for (const arm of arms) {
        const last = log.findLastIndex(
          ({ activity, input }) => activity === 'writeText' && armOf((input as WriteTextInput).ref) === arm,
        );
        const batch = log.findIndex(
          ({ activity, input }) => activity === 'gradeBatch' && armOf((input as GradeBatchInput).texts) === arm,
        );
        expect(batch).toBeGreaterThan(last);
      }
    });
  });

  it('grades singly what a batch wrote', async () => {
    await withStudy(bench, { script: {}, outline: modes({ teacher: 'batch' }) }, async ({ handle, log }) => {
      await handle.result();
      const kept = inputs<GradeTextInput>(log, 'gradeText').filter(({ grader }) => grader === 'keep');
      expect(kept.map(({ ref }) => ref.index).sort()).toEqual([0, 1, 2, 3]);
      expect(inputs(log, 'gradeBatch')).toHaveLength(0);
    });
  });

  it('is cancelled only after its batches have ended', async () => {
    let began = (): void => undefined;
    const writing = new Promise<void>((resolve) => (began = resolve));
    let ended = false;
    const writeBatch = async () => {
      began();
      try {
        await serveUntilCancelled(Context.current());
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 300));
        ended = true;
      }
    };
    await withStudy(
      bench,
      { script: { writeBatch }, outline: modes({ teacher: 'batch' }) },
      async ({ handle, log }) => {
        await writing;
        await handle.cancel();
        await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
        expect(ended).toBe(true);
        expect(inputs(log, 'analyse')).toHaveLength(0);
      },
    );
  });

  it('has its batches ended when it is cancelled while its activity waits for its next try', async () => {
    let began = (): void => undefined;
    const tried = new Promise<void>((resolve) => (began = resolve));
    const writeBatch = async () => {
      began();
      throw ApplicationFailure.create({ message: 'the worker stops', nextRetryDelay: '1 hour' });
    };
    const script = { writeBatch };
    await withStudy(bench, { script, outline: modes({ teacher: 'batch' }) }, async ({ handle, log }) => {
      await tried;
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
      expect(inputs(log, 'writeBatch')).toHaveLength(1);
      expect(inputs(log, 'endBatches')).toEqual([{ plan: 'a'.repeat(64) }]);
    });
  });
});

const armOf = (of: WriteTextInput['ref'] | GradeBatchInput['texts']): string | undefined =>
  of.kind === 'evaluate' ? of.tuned.arm : undefined;
