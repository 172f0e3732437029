import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { GradeTextInput, RecordProgressInput, WriteTextInput } from '../../contracts/activities.ts';
import { openBench, smallOutline, withStudy, type Bench, type Logged } from '../support/runner/scripted-study.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

const inputs = <T>(log: readonly Logged[], activity: Logged['activity']): T[] =>
  log.filter((entry) => entry.activity === activity).map(({ input }) => input as T);

/** The runs of one workflow id, by how they ended. */
async function runsOf(workflowId: string): Promise<string[]> {
  const { client } = bench.environment;
  const ends: string[] = [];
  for (let run: string | undefined = (await firstRun(workflowId)) as string | undefined; run;) {
    const { status, raw } = await client.workflow.getHandle(workflowId, run).describe();
    ends.push(status.name);
    const { events } = await client.workflow.getHandle(workflowId, run).fetchHistory();
    run = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    expect(Number(raw.workflowExecutionInfo?.historyLength)).toBeLessThan(200);
  }
  return ends;
}

async function firstRun(workflowId: string): Promise<unknown> {
  const { events } = await bench.environment.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId;
}

it('a shard that re-asks have made long continues as new, does every call once and books each once', async () => {
  const asked = new Map<string, number>();
  // Every grading is unreadable four times, so shards are several times longer than planned.
  const gradeText = async (input: GradeTextInput) => {
    const key = JSON.stringify(input);
    asked.set(key, (asked.get(key) ?? 0) + 1);
    return { end: (asked.get(key) ?? 0) < 5 ? ('open' as const) : ('graded' as const) };
  };
  const outline = (queue: string) =>
    smallOutline(queue, {
      arms: [{ id: 'base', trained: false }],
      compose: [{ list: 0, partition: 0, k: 1, waves: [12] }],
      students: [{ id: 'tiny', turns: 2, pretrained: true }],
      cells: [{ list: 0, partition: 0, k: 2, setting: 'train', items: 6 }],
      sizes: { callsPerShard: 500, childrenAtOnce: 4, window: 2, eventsPerRun: 60 },
    });
  await withStudy(bench, { script: { gradeText }, outline }, async ({ handle, log }) => {
    await handle.result();
    const written = inputs<WriteTextInput>(log, 'writeText').map((input) => JSON.stringify(input));
    expect(new Set(written).size).toBe(12 + 6 * 2);
    expect(written).toHaveLength(12 + 6 * 2);
    expect([...asked.values()]).toEqual(Array.from({ length: 12 + 12 * 4 }, () => 5));

    const booked = new Map<string, number[]>();
    for (const { shard, calls } of inputs<RecordProgressInput>(log, 'settleShard'))
      booked.set(shard, [...(booked.get(shard) ?? []), calls]);
    expect([...booked.keys()].sort()).toEqual(
      [`${handle.workflowId}/compose/k1/from-0`, `${handle.workflowId}/evaluate/tiny/base/k2/train/from-0`].sort(),
    );
    for (const [shard, totals] of booked) {
      // The ledger keeps the last, which is the whole shard.
      expect(totals).toEqual([...totals].sort((a, b) => a - b));
      expect(totals.at(-1)).toBe(shard.includes('compose') ? 12 * 3 : 12 * 6);
      const ends = await runsOf(shard);
      expect(ends).toHaveLength(totals.length);
      expect(ends.length).toBeGreaterThan(2);
      expect(ends).toEqual([...Array.from({ length: ends.length - 1 }, () => 'CONTINUED_AS_NEW'), 'COMPLETED']);
    }
  });
});
