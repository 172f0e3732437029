import { allHandlersFinished, CancellationScope, condition, executeChild } from '@temporalio/workflow';
import { composeId } from '../contracts/ids.ts';
import type { StudyInput, StudyResult } from '../contracts/workflows.ts';
import { controlActivities } from './call-activities.ts';
import { composeCorpus } from './compose-corpus.ts';
import { handleMessages } from './handle-messages.ts';
import { range } from './run-windowed.ts';
import { settleTogether } from './settle-together.ts';
import { showWaits } from './show-waits.ts';
import { studyStudent } from './study-student.ts';

/**
 * A whole study: texts are composed while bases are made; each arm is tuned as soon as its texts are kept, and evaluated
 * as soon as it is tuned. A failed arm is recorded and the rest goes on (invariant 8). Ends with results and report.
 */
export async function runStudy(input: StudyInput): Promise<StudyResult> {
  const { outline } = input;
  handleMessages(input);
  const waits = showWaits(input);
  try {
    await settleTogether(() => {
      const corpora = range(0, outline.partitions).map((partition) => composePartition(input, partition));
      return [...corpora, ...outline.students.map((student) => studyStudent(input, student, corpora))];
    });
    return await analyseWhenNothingIsOpen(input);
  } finally {
    await waits.stop();
    // A message that was taken is answered, also at the very end.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

async function composePartition(input: StudyInput, partition: number): Promise<void> {
  const lists = input.outline.compose.filter((list) => list.partition === partition);
  await settleTogether(() =>
    lists.map((compose) =>
      executeChild(composeCorpus, { workflowId: composeId(input.study, compose), args: [{ ...input, compose }] }),
    ),
  );
}

async function studyStudent(
  input: StudyInput,
  student: StudentOutline,
  corpora: readonly Promise<void>[],
): Promise<void> {
  const { plan, outline } = input;
  const base = student.pretrained
    ? trainingActivities(outline.queues.training)
        .trainBase({ plan, student: student.id })
        .then(() => undefined)
    : Promise.resolve();
  const trained = outline.arms.filter((arm) => arm.trained);
  const tuned = range(0, outline.partitions).flatMap((partition) =>
    trained.flatMap(({ id: arm }) =>
      range(0, outline.replicates).map((replicate) => ({ student: student.id, arm, replicate, partition })),
    ),
  );
  await settleTogether(() => [
    evaluateUntrained(input, student, base),
    ...tuned.map((arm) => studyArm(input, arm, Promise.all([base, corpora[arm.partition]]))),
  ]);
}

/** All arms that are not trained share one checkpoint, and so one server. */
async function evaluateUntrained(input: StudyInput, { id }: StudentOutline, base: Promise<void>): Promise<void> {
  const { arms, cells } = input.outline;
  const untrained = arms.filter((arm) => !arm.trained);
  const asked = untrained.flatMap((arm) =>
    cells.map((cell) => ({ tuned: { student: id, arm: arm.id, replicate: 0, partition: cell.partition }, cell })),
  );
  const [first] = asked;
  if (!first) return;
  await orFail(
    input,
    untrained.flatMap((arm) =>
      range(0, input.outline.partitions).map((partition) => ({ ...first.tuned, arm: arm.id, partition })),
    ),
    async () => {
      await base;
      await evaluate(input, { served: first.tuned, cells: asked });
    },
  );
}

async function studyArm(input: StudyInput, tuned: TunedStudent, ready: Promise<unknown>): Promise<void> {
  await orFail(input, [tuned], async () => {
    await ready;
    const { study } = input;
    await executeChild(tuneStudent, { workflowId: tuneId(study, tuned), args: [{ ...input, tuned }] });
    const cells = input.outline.cells
      .filter((cell) => cell.partition === tuned.partition)
      .map((cell) => ({ tuned, cell }));
    await evaluate(input, { served: tuned, cells });
  });
}

async function evaluate(input: StudyInput, { served, cells }: Pick<EvaluateInput, 'served' | 'cells'>): Promise<void> {
  await executeChild(evaluateStudent, {
    workflowId: evaluateId(input.study, served),
    args: [{ ...input, served, cells }],
  });
}

/** Records what went wrong with arms as their outcome; a cancelled study is not a failure. */
async function orFail(input: StudyInput, arms: readonly TunedStudent[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isCancellation(error) || isHeldOut(error)) throw error;
    const reason = rootCause(error) ?? String(error);
    const { failArm } = controlActivities(input.outline.queues.control);
    await Promise.all(arms.map((arm) => failArm({ plan: input.plan, ...arm, reason })));
  }
}

/** Held-out material in a training file stops the study (invariant 2). */
const isHeldOut = (error: unknown): boolean =>
  error instanceof Error &&
  ((error instanceof ApplicationFailure && error.type === 'HeldOutInTraining') || isHeldOut(error.cause));
