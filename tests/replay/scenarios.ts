/** Small studies that bring every workflow type to every stage: real workflows and server, scripted activities. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { AskTextsInput, TuneStudentInput, WriteTextInput } from '../../contracts/activities.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { WorkflowPlan } from '../../contracts/workflows.ts';
import {
  serveUntilCancelled,
  smallOutline,
  withStudy,
  type Bench,
  type Script,
} from '../support/runner/scripted-study.ts';
import { recordHistory, type Run } from './record-history.ts';
import type { RecordedHistory } from './replay-history.ts';
import type { Stage } from './stages.ts';

export type Keep = (stage: Stage, recorded: RecordedHistory) => Promise<void>;
type Scenario = (bench: Bench, keep: Keep) => Promise<void>;

/** One text or two of everything, so that fixtures stay small. */
const outline =
  (change: Partial<WorkflowPlan> = {}) =>
  (queue: string): WorkflowPlan =>
    smallOutline(queue, {
      compose: [{ list: 0, partition: 0, k: 1, waves: [1, 1] }],
      cells: [{ list: 0, partition: 0, k: 2, setting: 'train', items: 1 }],
      generations: 1,
      gradings: 1,
      ...change,
    });

/** Activities that ask for texts as wholes, as studies of today have it. */
const WHOLE: Partial<WorkflowPlan> = {
  sizes: { callsPerShard: 500, childrenAtOnce: 4, window: 8, callsPerActivity: 6, eventsPerRun: 2_000 },
};

/** Two turns for each text; the first grading of each cannot be read. */
function replies(): Script {
  const seen = new Set<string>();
  const again = (input: unknown): boolean => {
    const key = JSON.stringify(input);
    return seen.has(key) || !seen.add(key);
  };
  return {
    countKept: async ({ composed }) => ({ kept: composed, target: 2 }),
    writeText: async (input) => ({ end: again(input) ? 'generated' : 'open' }),
    gradeText: async (input) => ({ end: again(input) ? 'graded' : 'open' }),
    askTexts: async ({ texts }) => ({ generated: texts.to - texts.from }),
  };
}

/** Wraps every activity: `look` is called in it, before it does anything. */
const watched = (script: Script, look: () => Promise<void>): Script =>
  Object.fromEntries(
    Object.entries(script).map(([name, run]) => [
      name,
      async (input: never) => {
        await look();
        return (run as (input: never) => Promise<unknown>)(input);
      },
    ]),
  );

/** The run that an activity belongs to, and those above it. */
async function chainOf({ environment }: Bench): Promise<Run[]> {
  const { workflowExecution } = Context.current().info;
  const chain: Run[] = [];
  for (let run: Run | undefined = workflowExecution as Run; run;) {
    chain.push(run);
    const { parentExecution } = await environment.client.workflow.getHandle(run.workflowId, run.runId).describe();
    run = parentExecution as Run | undefined;
  }
  return chain;
}

/** Every run of a study whose status is one of these. */
async function runsOf({ environment }: Bench, study: string, statuses: readonly string[]): Promise<Run[]> {
  const { client } = environment;
  const runs: Run[] = [];
  const query = `WorkflowId STARTS_WITH '${study}'`;
  // The list of a dev server is a moment behind.
  while ((await client.workflow.count(`${query} AND ExecutionStatus = 'Running'`)).count > 0) await pause();
  for await (const { workflowId, runId, status } of client.workflow.list({ query }))
    if (statuses.includes(status.name)) runs.push({ workflowId, runId });
  return runs;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
const ended = (handle: WorkflowHandle): Promise<unknown> => handle.result().catch(() => undefined);

/** Each type while its first work is in progress, and after all is done. */
const undisturbed =
  (change: Partial<WorkflowPlan> = {}): Scenario =>
  async (bench, keep) => {
    const look = async () => {
      for (const run of await chainOf(bench)) await keep('fresh', await recordHistory(bench.environment.client, run));
    };
    const script = { ...replies(), tuneStudent: async ({ arm }: TuneStudentInput) => ({ digest: arm }) };
    await withStudy(bench, { script: watched(script, look), outline: outline(change) }, async ({ handle }) => {
      await handle.result();
      for (const run of await runsOf(bench, handle.workflowId, ['COMPLETED']))
        await keep('finished', await recordHistory(bench.environment.client, run));
    });
  };

/** Shards whose history is full after every text. */
const continued: Scenario = async (bench, keep) => {
  const change = outline({
    sizes: { callsPerShard: 500, childrenAtOnce: 4, window: 1, eventsPerRun: 10 },
    compose: [{ list: 0, partition: 0, k: 1, waves: [2] }],
    cells: [{ list: 0, partition: 0, k: 2, setting: 'train', items: 2 }],
  });
  await withStudy(bench, { script: replies(), outline: change }, async ({ handle }) => {
    await handle.result();
    for (const run of await runsOf(bench, handle.workflowId, ['CONTINUED_AS_NEW'])) {
      const { client } = bench.environment;
      await keep('continuing', await recordHistory(client, run));
      await keep('continued', await recordHistory(client, { workflowId: run.workflowId }));
    }
  });
};

/** Waits in an activity as long as nobody cancels it. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  return serveUntilCancelled(context);
}

/** Never answers; ends when the worker does. */
const hang = (): Promise<never> => Context.current().cancelled;

function signalled() {
  let tell = (): void => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  return { tell, told };
}

async function cancelWhen(
  bench: Bench,
  keep: Keep,
  script: Script,
  reached: Promise<unknown>,
  change: Partial<WorkflowPlan> = {},
): Promise<void> {
  await withStudy(bench, { script, outline: outline(change) }, async ({ handle }) => {
    await reached;
    await handle.cancel();
    await ended(handle);
    for (const run of await runsOf(bench, handle.workflowId, ['CANCELLED', 'FAILED']))
      await keep('cancelled', await recordHistory(bench.environment.client, run));
  });
}

const cancelledWhileComposing: Scenario = async (bench, keep) => {
  const { tell, told } = signalled();
  const writeText = async ({ ref }: WriteTextInput) => {
    if (ref.kind === 'compose') tell();
    return hang();
  };
  await cancelWhen(bench, keep, { ...replies(), writeText }, told);
};

/** While texts of a list are being asked for. */
const cancelledWhileAsking =
  (kind: 'compose' | 'evaluate'): Scenario =>
  async (bench, keep) => {
    const { tell, told } = signalled();
    const askTexts = async ({ texts }: AskTextsInput) => {
      if (texts.kind !== kind) return { generated: texts.to - texts.from };
      tell();
      return hang();
    };
    await cancelWhen(bench, keep, { ...replies(), askTexts }, told, WHOLE);
  };

/** One arm is being tuned, and the base evaluated. */
const cancelledWhileTuning: Scenario = async (bench, keep) => {
  const [tuning, evaluating] = [signalled(), signalled()];
  const { writeText } = replies();
  const script: Script = {
    ...replies(),
    writeText: async (input) => {
      if (input.ref.kind === 'compose') return (await writeText?.(input)) ?? hang();
      evaluating.tell();
      return hang();
    },
    tuneStudent: async () => {
      tuning.tell();
      return untilCancelled();
    },
  };
  await cancelWhen(bench, keep, script, Promise.all([tuning.told, evaluating.told]));
};

/** One arm's training fails for good, another one's server. */
const failedArms: Scenario = async (bench, keep) => {
  const fail = () => {
    throw ApplicationFailure.nonRetryable('no memory left', FAILURES.training);
  };
  const script: Script = {
    ...replies(),
    tuneStudent: async ({ arm }) => (arm === '1' ? fail() : { digest: arm }),
    serveStudent: async ({ tuned }) => (tuned.arm === '1,2' ? fail() : untilCancelled()),
    awaitServed: async ({ tuned }) => (tuned.arm === '1,2' ? hang() : { digest: 'served' }),
  };
  await withStudy(bench, { script, outline: outline() }, async ({ handle }) => {
    await handle.result();
    for (const run of await runsOf(bench, handle.workflowId, ['FAILED']))
      await keep('failed', await recordHistory(bench.environment.client, run));
    await keep('failed-arm', await recordHistory(bench.environment.client, handle));
  });
};

/** A pause is answered while texts are composed, the study resumed, and ended. */
const paused: Scenario = async (bench, keep) => {
  const { tell, told } = signalled();
  const go = signalled();
  const { writeText } = replies();
  const script: Script = {
    ...replies(),
    writeText: async (input) => {
      tell();
      await go.told;
      return (await writeText?.(input)) ?? hang();
    },
    pauseStudy: async () => ({ paused: true }),
    resumeStudy: async () => ({ paused: false }),
  };
  await withStudy(bench, { script, outline: outline({ arms: [{ id: 'base', trained: false }] }) }, async (ran) => {
    await told;
    await ran.handle.executeUpdate('pause');
    await keep('paused', await recordHistory(bench.environment.client, ran.handle));
    await ran.handle.executeUpdate('resume');
    go.tell();
    await ran.handle.result();
  });
};

/** Teacher and graders are asked by batch: one activity brings a shard's replies home. */
const batched =
  (given: Partial<WorkflowPlan> = {}): Scenario =>
  async (bench, keep) => {
    const look = async () => {
      const [run] = await chainOf(bench);
      if (run) await keep('mid-batch', await recordHistory(bench.environment.client, run));
    };
    const script: Script = { ...replies(), writeBatch: look, gradeBatch: look };
    const change = outline({
      arms: [{ id: 'base', trained: false }],
      modes: { teacher: 'batch', keepGrader: 'batch', graders: ['batch', 'batch'] },
      ...given,
    });
    await withStudy(bench, { script, outline: change }, async ({ handle }) => {
      await handle.result();
      for (const run of await runsOf(bench, handle.workflowId, ['COMPLETED']))
        await keep('batched', await recordHistory(bench.environment.client, run));
    });
  };

/** A cell is given up and taken back; the first analysis finds it open. */
const amended: Scenario = async (bench, keep) => {
  const [composing, go] = [signalled(), signalled()];
  const { writeText } = replies();
  let analyses = 0;
  const script: Script = {
    ...replies(),
    writeText: async (input) => {
      composing.tell();
      await go.told;
      return (await writeText?.(input)) ?? hang();
    },
    amendCell: async ({ cell, why }) => ({ cell, skipped: why !== undefined }),
    analyse: async () =>
      analyses++ === 0 ? { open: ['tiny/base/k2/train'] } : { results: 'results.json', failedArms: 0 },
  };
  await withStudy(bench, { script, outline: outline({ arms: [{ id: 'base', trained: false }] }) }, async (ran) => {
    await composing.told;
    const cell = 'tiny/base/k2/train';
    await ran.handle.executeUpdate('skip', { args: [{ cell, why: 'too dear' }] });
    await ran.handle.executeUpdate('skip', { args: [{ cell }] });
    go.tell();
    await ran.handle.result();
    await keep('amended', await recordHistory(bench.environment.client, ran.handle));
  });
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  // The first history of each kind is kept: that of studies of today.
  undisturbedWhole: undisturbed(WHOLE),
  cancelledWhileAsking: cancelledWhileAsking('compose'),
  cancelledWhileAnswering: cancelledWhileAsking('evaluate'),
  batchedWhole: batched(WHOLE),
  undisturbed: undisturbed(),
  continued,
  cancelledWhileComposing,
  cancelledWhileTuning,
  failedArms,
  paused,
  amended,
  batched: batched(),
};
