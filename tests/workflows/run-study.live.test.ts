import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import type { GradeTextInput, WriteTextInput } from '../../contracts/activities.ts';
import { FAILURES } from '../../contracts/failures.ts';
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

const calls = (log: readonly Logged[], activity: Logged['activity']) =>
  log.filter((entry) => entry.activity === activity);
const inputs = <T>(log: readonly Logged[], activity: Logged['activity']): T[] =>
  calls(log, activity).map(({ input }) => input as T);

describe('runStudy', () => {
  it('writes and grades every text of every arm once, and analyses last', async () => {
    await withStudy(bench, { script: {} }, async ({ handle, log }) => {
      expect(await handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
      const evaluated = inputs<WriteTextInput>(log, 'writeText').filter(({ ref }) => ref.kind === 'evaluate');
      expect(new Set(evaluated.map((input) => JSON.stringify(input))).size).toBe(3 * 3 * 2);
      expect(evaluated).toHaveLength(3 * 3 * 2);
      const graded = inputs<GradeTextInput>(log, 'gradeText').filter(({ ref }) => ref.kind === 'evaluate');
      expect(new Set(graded.map((input) => JSON.stringify(input))).size).toBe(3 * 3 * 2 * 2 * 2);
      expect(log[log.length - 1]?.activity).toBe('analyse');
    });
  });

  it('composes wave after wave until enough are kept', async () => {
    const countKept = async ({ composed }: { composed: number }) => ({ kept: composed - 2, target: 4 });
    await withStudy(bench, { script: { countKept } }, async ({ handle, log }) => {
      await handle.result();
      expect(inputs<{ composed: number }>(log, 'countKept').map(({ composed }) => composed)).toEqual([4, 6]);
      const composed = inputs<WriteTextInput>(log, 'writeText').filter(({ ref }) => ref.kind === 'compose');
      expect(composed.map(({ ref }) => ref.index).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    });
  });

  it('goes on with a conversation until it is not open, and asks an unreadable grading again', async () => {
    const turns = new Map<string, number>();
    const next = (name: string) => turns.set(name, (turns.get(name) ?? 0) + 1).get(name) ?? 0;
    const script = {
      writeText: async ({ ref }: WriteTextInput) => ({
        end: next(`w${JSON.stringify(ref)}`) < 2 ? ('open' as const) : ('generated' as const),
      }),
      gradeText: async (input: GradeTextInput) => ({
        end: next(`g${JSON.stringify(input)}`) < 3 ? ('open' as const) : ('unparsable' as const),
      }),
    };
    await withStudy(bench, { script }, async ({ handle }) => {
      await handle.result();
      expect(new Set([...turns].filter(([name]) => name.startsWith('w')).map(([, times]) => times))).toEqual(
        new Set([2]),
      );
      expect(new Set([...turns].filter(([name]) => name.startsWith('g')).map(([, times]) => times))).toEqual(
        new Set([3]),
      );
    });
  });

  it('never grades a text that was refused', async () => {
    await withStudy(bench, { script: { writeText: async () => ({ end: 'refused' }) } }, async ({ handle, log }) => {
      await handle.result();
      expect(calls(log, 'gradeText')).toHaveLength(0);
    });
  });
});

describe('what fails', () => {
  it('one arm is recorded with its reason, and the others are evaluated', async () => {
    const tuneStudent = async ({ arm }: { arm: string }) => {
      if (arm === '1') throw ApplicationFailure.nonRetryable('no memory left', FAILURES.training);
      return { digest: arm };
    };
    await withStudy(bench, { script: { tuneStudent } }, async ({ handle, log }) => {
      await handle.result();
      expect(inputs(log, 'failArm')).toMatchObject([
        { arm: '1', failure: FAILURES.training, reason: 'no memory left' },
      ]);
      const arms = inputs<WriteTextInput>(log, 'writeText').map(({ ref }) =>
        ref.kind === 'evaluate' ? ref.tuned.arm : undefined,
      );
      expect(new Set(arms)).toEqual(new Set([undefined, 'base', '1,2']));
    });
  });

  it('a base that fails is the outcome of every arm and partition behind it', async () => {
    const trainBase = async () => {
      throw ApplicationFailure.nonRetryable('no memory left', FAILURES.training);
    };
    const outline = (queue: string) => {
      const [compose, cell] = [smallOutline(queue).compose, smallOutline(queue).cells];
      return smallOutline(queue, {
        partitions: 2,
        compose: [0, 1].flatMap((partition) => compose.map((list) => ({ ...list, list: partition, partition }))),
        cells: [0, 1].flatMap((partition) => cell.map((one) => ({ ...one, list: partition, partition }))),
      });
    };
    await withStudy(bench, { script: { trainBase }, outline }, async ({ handle, log }) => {
      await handle.result();
      const failed = inputs<{ arm: string; partition: number }>(log, 'failArm').map(
        ({ arm, partition }) => `${arm}/${partition}`,
      );
      expect(failed.sort()).toEqual(['1,2/0', '1,2/1', '1/0', '1/1', 'base/0', 'base/1']);
    });
  });

  it('a student without an untrained arm fails alone', async () => {
    const trainBase = async () => {
      throw ApplicationFailure.nonRetryable('no memory left', FAILURES.training);
    };
    const outline = (queue: string) => smallOutline(queue, { arms: [{ id: '1', trained: true }] });
    await withStudy(bench, { script: { trainBase }, outline }, async ({ handle, log }) => {
      expect(await handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
      expect(inputs(log, 'failArm')).toMatchObject([
        { arm: '1', failure: FAILURES.training, reason: 'no memory left' },
      ]);
    });
  });

  it('held-out material in a training file stops the study', async () => {
    const tuneStudent = async () => {
      throw ApplicationFailure.nonRetryable('line 7 names "metaphor"', FAILURES.heldOut);
    };
    await withStudy(bench, { script: { tuneStudent } }, async ({ handle, log }) => {
      await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
      expect(calls(log, 'analyse')).toHaveLength(0);
    });
  });

  it('what fails once it is told to stop is no outcome, of an arm or of the study', async () => {
    const serveStudent = () =>
      serveUntilCancelled(Context.current()).catch(() => {
        throw ApplicationFailure.nonRetryable('killed while it stopped', FAILURES.serving);
      });
    const watchStudy = serveStudent;
    await withStudy(bench, { script: { serveStudent, watchStudy } }, async ({ handle, log }) => {
      expect(await handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
      expect(calls(log, 'failArm')).toHaveLength(0);
    });
  });

  it('a server that fails while it is needed is the outcome of its arm', async () => {
    const serveStudent = async () => {
      throw ApplicationFailure.nonRetryable('it has no model', FAILURES.serving);
    };
    const awaitServed = () => Context.current().cancelled;
    const outline = (queue: string) => smallOutline(queue, { arms: [{ id: 'base', trained: false }] });
    await withStudy(bench, { script: { serveStudent, awaitServed }, outline }, async ({ handle, log }) => {
      await handle.result();
      expect(inputs(log, 'failArm')).toMatchObject([{ arm: 'base', reason: 'it has no model' }]);
    });
  });

  it('a cancelled study ends only after its servers have stopped', async () => {
    const stopped: string[] = [];
    let asked = (): void => undefined;
    const evaluating = new Promise<void>((resolve) => (asked = resolve));
    const script = {
      serveStudent: async ({ tuned }: { tuned: { arm: string } }) => {
        try {
          return await serveUntilCancelled(Context.current());
        } finally {
          await new Promise((resolve) => setTimeout(resolve, 300));
          stopped.push(tuned.arm);
        }
      },
      writeText: async ({ ref }: WriteTextInput) => {
        if (ref.kind === 'compose') return { end: 'generated' as const };
        asked();
        return Context.current().cancelled;
      },
    };
    await withStudy(bench, { script }, async ({ handle, log }) => {
      await evaluating;
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
      expect(stopped.sort()).toEqual(
        inputs<{ tuned: { arm: string } }>(log, 'serveStudent')
          .map(({ tuned }) => tuned.arm)
          .sort(),
      );
      expect(calls(log, 'failArm')).toHaveLength(0);
    });
  });
});

describe('histories', () => {
  it('of the fullest shard stay below 4,096 events and 2 MB (invariant 3)', async () => {
    const outline = (queue: string) =>
      smallOutline(queue, {
        arms: [{ id: 'base', trained: false }],
        cells: [{ list: 0, partition: 0, k: 2, setting: 'train', items: 100 }],
        generations: 1,
        gradings: 3,
        sizes: { callsPerShard: 500, childrenAtOnce: 4, window: 32, eventsPerRun: 4_000 },
      });
    await withStudy(bench, { script: {}, outline }, async ({ handle }) => {
      await handle.result();
      const shard = bench.environment.client.workflow.getHandle(
        `${handle.workflowId}/evaluate/tiny/base/k2/train/from-0`,
      );
      const { historyLength, historySize } = await shard.describe();
      expect(historyLength).toBeGreaterThan(1400);
      expect(historyLength).toBeLessThan(4096);
      expect(historySize).toBeLessThan(2 * 1024 * 1024);
    });
  });
});
