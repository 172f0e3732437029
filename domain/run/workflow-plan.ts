/** The workflow plan (what workflows need of a plan), and the queues that its calls go to. */
import { queueName } from '../../contracts/ids.ts';
import type { Plan, Runtime, Science } from '../../contracts/plan.ts';
import { SHARED_QUEUES, type SharedQueue } from '../../contracts/queues.ts';
import type { Rate } from '../../contracts/runtime.ts';
import { isTrained } from '../../contracts/study.ts';
import type { WorkflowPlan, Queues, Sizes } from '../../contracts/workflows.ts';
import { modelName } from '../money/spending.ts';
import { studentPrompt, teacherPrompt } from '../requests/requests.ts';
import { roundsOf } from '../rubric/rubric-checks.ts';
import { callNumbers, callsOfLongestText, CHILDREN_BY_BATCH, SIZES, windowFor } from './history-sizes.ts';

/**
 * Narrows the window for texts that take many calls: a shard that starts no new text can then finish those in progress
 * below 4,096 events (invariant 3).
 */
export function makeWorkflowPlan(plan: Plan, home: string, sizes: Sizes = SIZES): WorkflowPlan {
  const { science, catalog } = plan;
  const longest = callsOfLongestText(callNumbers(science, catalog));
  return {
    queues: queuesOf(plan, home),
    models: ratedModels(science),
    modes: {
      teacher: science.teacher.mode,
      keepGrader: science.keepGrader.mode,
      graders: science.graders.map(({ mode }) => mode),
    },
    sizes: {
      ...sizes,
      ...(isByBatch(science) ? { childrenAtOnce: Math.max(sizes.childrenAtOnce, CHILDREN_BY_BATCH) } : {}),
      window: Math.min(sizes.window, windowFor(longest)),
    },
    teacherTurns: teacherPrompt(plan).turns.length,
    keepGradings: roundsOf(catalog.rubric, science.compose.keep.gradings),
    compose: plan.compose.map(({ partition, k, waves }, list) => ({ list, partition, k, waves })),
    students: science.students.map(({ id, base }) => ({
      id,
      turns: mostTurns(plan, id),
      pretrained: base.from === 'pretrain',
    })),
    arms: science.arms.map((arm) => ({ id: arm.id, trained: isTrained(arm) })),
    replicates: science.training.replicates.length,
    partitions: plan.partitions.length,
    cells: plan.evaluation.map(({ partition, k, setting, items }, list) => ({
      list,
      partition,
      k,
      setting,
      items: items.length,
    })),
    generations: science.evaluation.generations,
    gradings: roundsOf(catalog.rubric, science.evaluation.gradings),
  };
}

const isByBatch = ({ teacher, keepGrader, graders }: Science): boolean =>
  [teacher, keepGrader, ...graders].some(({ mode }) => mode === 'batch');

/** Turns of the student's longest conversation, since an untrained arm may have a prompt of its own. */
const mostTurns = (plan: Plan, student: string): number =>
  Math.max(...plan.science.arms.map(({ id }) => studentPrompt(plan, student, id).turns.length));

/** The rate of a model for which the study file names none. */
export const DEFAULT_RATE: Rate = { concurrency: 16 };

/** The names that rates may be given for. */
export const ratedModels = ({ teacher, keepGrader, graders, students }: Science): string[] => [
  ...new Set([...[teacher, keepGrader, ...graders].map(modelName), ...students.map(({ id }) => id)]),
];

const sharedQueues = (home: string) =>
  Object.fromEntries(SHARED_QUEUES.map((queue) => [queue, queueName(home, queue)])) as Record<SharedQueue, string>;

function queuesOf({ science }: Plan, home: string): Queues {
  const calls = (role: { provider: string; model: string }) => queueName(home, 'call', modelName(role));
  return {
    ...sharedQueues(home),
    teacher: calls(science.teacher),
    keepGrader: calls(science.keepGrader),
    graders: science.graders.map(calls),
    students: Object.fromEntries(science.students.map(({ id }) => [id, queueName(home, 'student', id)])),
  };
}

export interface CallQueue {
  readonly name: string;
  /** As in `rates`: `provider/model`, or a student's id. */
  readonly model: string;
  readonly rate: Rate;
}

/** The call queues of a study with their rates: what a worker polls. */
export function callQueues(plan: Plan, runtime: Runtime, home: string): CallQueue[] {
  const { science } = plan;
  const roles = [science.teacher, science.keepGrader, ...science.graders];
  const models = new Map<string, string>();
  for (const role of roles) models.set(queueName(home, 'call', modelName(role)), modelName(role));
  for (const { id } of science.students) models.set(queueName(home, 'student', id), id);
  return [...models].map(([name, model]) => ({ name, model, rate: runtime.rates[model] ?? DEFAULT_RATE }));
}
