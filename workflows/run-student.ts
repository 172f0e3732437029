import { ApplicationFailure, executeChild, isCancellation, rootCause } from '@temporalio/workflow';
import { cellPath, evaluateId, tuneId, tunedPath } from '../contracts/ids.ts';
import type { TunedStudent } from '../contracts/plan.ts';
import type { EvaluateInput, WorkflowStudent, StudyInput } from '../contracts/workflows.ts';
import { allOrCancel } from './all-or-cancel.ts';
import { controlActivities, trainingActivities } from './call-activities.ts';
import { evaluateStudent } from './evaluate-student.ts';
import { range } from './run-windowed.ts';
import { tuneStudent } from './tune-student.ts';

type Cells = EvaluateInput['cells'];

/**
 * Makes a student's base, tunes its arms as soon as their corpora are composed, and evaluates every arm. With `open`,
 * evaluates only the cells with these paths. Checkpoints and replies that exist already are used again.
 */
export async function runStudent(
  input: StudyInput,
  student: WorkflowStudent,
  corpora: readonly Promise<void>[],
  open?: ReadonlySet<string>,
): Promise<void> {
  const isOpen = ({ tuned, cell }: Cells[number]): boolean => open?.has(cellPath(tuned, cell)) ?? true;
  const arms = trainedArms(input, student)
    .map((tuned) => ({ tuned, cells: cellsOf(input, tuned).filter(isOpen) }))
    .filter(({ cells }) => cells.length > 0);
  const untrained = untrainedCells(input, student).filter(isOpen);
  if (arms.length + untrained.length === 0) return;
  const base = makeBase(input, student);
  await allOrCancel(() => [
    runUntrained(input, untrained, base),
    ...arms.map(({ tuned, cells }) => runArm(input, tuned, cells, Promise.all([base, corpora[tuned.partition]]))),
  ]);
}

async function makeBase({ plan, outline }: StudyInput, student: WorkflowStudent): Promise<void> {
  if (student.pretrained) await trainingActivities(outline.queues.training).trainBase({ plan, student: student.id });
}

function trainedArms({ outline }: StudyInput, { id: student }: WorkflowStudent): TunedStudent[] {
  const trained = outline.arms.filter((arm) => arm.trained);
  return range(0, outline.partitions).flatMap((partition) =>
    trained.flatMap(({ id: arm }) =>
      range(0, outline.replicates).map((replicate) => ({ student, arm, replicate, partition })),
    ),
  );
}

const cellsOf = ({ outline }: StudyInput, tuned: TunedStudent): Cells =>
  outline.cells.filter((cell) => cell.partition === tuned.partition).map((cell) => ({ tuned, cell }));

const untrainedCells = (input: StudyInput, { id: student }: WorkflowStudent): Cells =>
  input.outline.arms
    .filter((arm) => !arm.trained)
    .flatMap(({ id: arm }) =>
      range(0, input.outline.partitions).flatMap((partition) =>
        cellsOf(input, { student, arm, replicate: 0, partition }),
      ),
    );

/** Untrained arms share the base checkpoint, so one server answers them all. */
async function runUntrained(input: StudyInput, cells: Cells, base: Promise<void>): Promise<void> {
  const [first] = cells;
  if (!first) return;
  const arms = [...new Map(cells.map(({ tuned }) => [tunedPath(tuned), tuned])).values()];
  await runOrRecord(input, arms, async () => {
    await base;
    const asked = await withoutSkipped(input, cells);
    if (asked.length > 0) await evaluate(input, { served: first.tuned, cells: asked });
  });
}

async function runArm(input: StudyInput, tuned: TunedStudent, cells: Cells, ready: Promise<unknown>): Promise<void> {
  await runOrRecord(input, [tuned], async () => {
    await ready;
    const { study } = input;
    const asked = await withoutSkipped(input, cells);
    if (asked.length === 0) return;
    await executeChild(tuneStudent, {
      workflowId: tuneId(study, tuned),
      staticSummary: `Fine-tune ${tuned.student} as arm ${tuned.arm}`,
      args: [{ ...input, tuned }],
    });
    await evaluate(input, { served: tuned, cells: asked });
  });
}

/** Leaves out cells that an operator gave up. An arm without any other cell is neither tuned nor served. */
async function withoutSkipped({ plan, outline }: StudyInput, cells: Cells): Promise<Cells> {
  const { listAsked } = controlActivities(outline.queues.control);
  const asked = new Set(await listAsked({ plan, cells: cells.map(({ tuned, cell }) => cellPath(tuned, cell)) }));
  return cells.filter(({ tuned, cell }) => asked.has(cellPath(tuned, cell)));
}

async function evaluate(input: StudyInput, { served, cells }: Pick<EvaluateInput, 'served' | 'cells'>): Promise<void> {
  await executeChild(evaluateStudent, {
    workflowId: evaluateId(input.study, served),
    staticSummary: `Serve ${served.student}, arm ${served.arm}, and evaluate ${cells.length} cells`,
    args: [{ ...input, served, cells }],
  });
}

/**
 * Runs `work` and records its failure as the outcome of `arms` (invariant 8). Cancellation and held-out material in a
 * training file are no arm's failure: they end the study.
 */
async function runOrRecord(input: StudyInput, arms: readonly TunedStudent[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isCancellation(error) || isHeldOut(error)) throw error;
    const reason = rootCause(error) ?? String(error);
    const { failArm } = controlActivities(input.outline.queues.control);
    await Promise.all(arms.map((arm) => failArm({ plan: input.plan, ...arm, failure: failureOf(error), reason })));
  }
}

/** The type of the innermost failure that has one. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return failureOf(error.cause) || (error instanceof ApplicationFailure ? (error.type ?? '') : '');
}

/** Held-out material in a training file stops the study (invariant 2). */
const isHeldOut = (error: unknown): boolean =>
  error instanceof Error &&
  ((error instanceof ApplicationFailure && error.type === 'HeldOutInTraining') || isHeldOut(error.cause));
