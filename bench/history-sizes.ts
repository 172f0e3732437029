/**
 * Measures how large histories grow: `node --import tsx bench/history-sizes.ts [STUDY.yaml]`, without a model or a key.
 * Runs the real workflows on a real dev server, with activities that answer at once:
 * - the whole study with all waves, arms, cells and shards, but one combination in each shard: parents at full size;
 * - one full shard of each kind, three times: with replies in parallel; with one reply at a time, as under a rate limit;
 *   and so that every grading is unreadable until it is asked for the last time.
 * Prints the largest run of each workflow type, and fails when one reaches the limits of invariant 3.
 */
import { planStudy, type PlannedStudy } from '../client/study-file/read-study.ts';
import type { GradeTextInput } from '../contracts/activities.ts';
import type { WorkflowPlan } from '../contracts/workflows.ts';
import { makeWorkflowPlan } from '../domain/run/workflow-plan.ts';
import {
  openOwnBench,
  withStudy,
  withWorker,
  type Bench,
  type Script,
} from '../tests/support/runner/scripted-study.ts';

const [MAX_EVENTS, MAX_BYTES] = [4_096, 2 * 1024 * 1024];
/** A queue name as long as real ones, because histories contain it. */
const queueFor = (run: string): string => `etude-00000000-0000-0000-0000-000000000000-call-anthropic-${run}`;

interface Scale {
  readonly planned: PlannedStudy;
  readonly outline: WorkflowPlan;
}

/** Puts all work on one queue. */
function onQueue(outline: WorkflowPlan, queue: string): WorkflowPlan {
  const { graders, students } = outline.queues;
  return {
    ...outline,
    queues: {
      ...{ control: queue, waiting: queue, training: queue, serving: queue, batch: queue },
      ...{ teacher: queue, keepGrader: queue },
      graders: graders.map(() => queue),
      students: Object.fromEntries(Object.keys(students).map((id) => [id, queue])),
    },
  };
}

interface ShardSizes {
  readonly texts: number;
  readonly combinations: number;
}

function shardSizes({
  sizes,
  teacherTurns,
  keepGradings,
  students,
  queues,
  generations,
  gradings,
}: WorkflowPlan): ShardSizes {
  const turns = Math.max(...students.map((student) => student.turns));
  return {
    texts: Math.floor(sizes.callsPerShard / (teacherTurns + keepGradings)),
    combinations: Math.floor(sizes.callsPerShard / (generations * (turns + queues.graders.length * gradings))),
  };
}

/** The plan with the same number of shards, but only one combination in each. */
function withSmallShards(outline: WorkflowPlan): WorkflowPlan {
  const { texts, combinations } = shardSizes(outline);
  const { teacherTurns, keepGradings } = outline;
  return {
    ...outline,
    sizes: { ...outline.sizes, callsPerShard: teacherTurns + keepGradings },
    compose: outline.compose.map((list) => ({ ...list, waves: list.waves.map((wave) => Math.ceil(wave / texts)) })),
    cells: outline.cells.map((cell) => ({ ...cell, items: Math.ceil(cell.items / combinations) })),
  };
}

async function runWholeStudy(bench: Bench, { outline }: Scale): Promise<number> {
  // Never enough is kept, so every planned wave is composed.
  const script: Script = { countKept: async () => ({ kept: 0, target: 1 }) };
  const queue = queueFor('whole-study');
  const small = (name: string) => onQueue(withSmallShards(outline), name);
  return withStudy(bench, { script, queue, outline: small }, async ({ handle, log }) => {
    await handle.result();
    return log.length;
  });
}

/** Activities for which each text needs all its turns, and each grading is asked for `asks` times. */
function replies({ teacherTurns, students }: WorkflowPlan, asks: number): Script {
  const seen = new Map<string, number>();
  const count = (input: unknown): number => {
    const key = JSON.stringify(input);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key) ?? 0;
  };
  const turns = Math.max(...students.map((student) => student.turns));
  return {
    writeText: async (input) => ({
      end: count(input) < (input.ref.kind === 'compose' ? teacherTurns : turns) ? 'open' : 'generated',
    }),
    gradeText: async (input: GradeTextInput) => ({ end: count(input) < asks ? 'open' : 'graded' }),
  };
}

async function runFullShards(
  bench: Bench,
  { planned, outline }: Scale,
  { name, slots, asks }: { name: string; slots: number; asks: number },
): Promise<number> {
  const queue = queueFor(name);
  return withWorker(bench, { script: replies(outline, asks), queue, slots }, async ({ log }) => {
    const { texts, combinations } = shardSizes(outline);
    const { workflow } = bench.environment.client;
    const cell = outline.cells.at(-1);
    const [student] = outline.students;
    const arm = outline.arms.at(-1);
    if (!cell || !student || !arm) throw new Error('the study has no cell');
    const within = { study: planned.plan.science.name, plan: planned.hash, outline: onQueue(outline, queue), from: 0 };
    const tuned = { student: student.id, arm: arm.id, replicate: 0, partition: cell.partition };
    const compose = { ...within, list: 0, to: texts };
    const evaluate = { ...within, tuned, cell, to: Math.min(combinations, cell.items) };
    await workflow.execute('composeShard', { workflowId: `${name}/compose`, taskQueue: queue, args: [compose] });
    await workflow.execute('evaluateShard', { workflowId: `${name}/evaluate`, taskQueue: queue, args: [evaluate] });
    return log.length;
  });
}

interface Largest {
  readonly type: string;
  readonly runs: number;
  readonly events: number;
  readonly bytes: number;
  readonly eventsOf: string;
}

async function measure(bench: Bench): Promise<Largest[]> {
  const byType = new Map<string, Largest>();
  for await (const { type, workflowId, runId } of bench.environment.client.workflow.list()) {
    const { historyLength, historySize = 0 } = await bench.environment.client.workflow
      .getHandle(workflowId, runId)
      .describe();
    const known = byType.get(type) ?? { type, runs: 0, events: 0, bytes: 0, eventsOf: '' };
    byType.set(type, {
      type,
      runs: known.runs + 1,
      events: Math.max(known.events, historyLength),
      bytes: Math.max(known.bytes, historySize),
      eventsOf: historyLength > known.events ? workflowId : known.eventsOf,
    });
  }
  return [...byType.values()].sort((a, b) => a.type.localeCompare(b.type));
}

async function main([file = 'studies/paper-today.yaml']: readonly string[]): Promise<void> {
  const planned = await planStudy(file);
  const { asks } = planned.plan.science.evaluation;
  const scale = { planned, outline: makeWorkflowPlan(planned.plan, 'home') };
  const bench = await openOwnBench();
  try {
    const say = async (what: string, run: Promise<number>) => console.log(`${what}: ${await run} activities`);
    await say('whole study, small shards', runWholeStudy(bench, scale));
    await say('full shards, replies as they come', runFullShards(bench, scale, { name: 'full', slots: 100, asks: 1 }));
    await say('full shards, one reply at a time', runFullShards(bench, scale, { name: 'paced', slots: 1, asks: 1 }));
    await say('the same, every grading re-asked', runFullShards(bench, scale, { name: 're-asked', slots: 1, asks }));
    const found = await measure(bench);
    console.table(found);
    const over = found.filter(({ events, bytes }) => events >= MAX_EVENTS || bytes >= MAX_BYTES);
    for (const { type, eventsOf } of over) console.error(`${type} is too large: ${eventsOf}`);
    process.exitCode = over.length > 0 ? 1 : 0;
  } finally {
    await bench.environment.teardown();
  }
}

await main(process.argv.slice(2));
