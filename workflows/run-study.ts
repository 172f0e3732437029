import { allHandlersFinished, CancellationScope, condition, executeChild, isCancellation } from '@temporalio/workflow';
import { composeId } from '../contracts/ids.ts';
import type { ComposeList } from '../contracts/plan.ts';
import type { StudyInput, StudyResult } from '../contracts/workflows.ts';
import { allOrCancel } from './all-or-cancel.ts';
import { analysingActivities, batchActivities } from './call-activities.ts';
import { composeCorpus } from './compose-corpus.ts';
import { handleMessages, type Amendments } from './handle-messages.ts';
import { runStudent } from './run-student.ts';
import { range } from './run-windowed.ts';
import { showWaits } from './show-waits.ts';

/**
 * A whole study: texts are composed while bases are made; each arm is tuned as soon as its texts are kept, and
 * evaluated as soon as it is tuned. A failed arm is recorded and the others continue (invariant 8). Ends with results
 * and report.
 */
export async function runStudy(input: StudyInput): Promise<StudyResult> {
  const amendments = handleMessages(input);
  const waits = showWaits(input);
  try {
    await composeAndEvaluate(input);
    return await analyseOnceComplete(input, amendments);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => endBatches(input));
    throw error;
  } finally {
    await waits.stop();
    // A message that was accepted must be answered before the workflow ends.
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}

/** With `open` only these lists of training texts and these cells. */
async function composeAndEvaluate(input: StudyInput, open?: OpenWork): Promise<void> {
  const { partitions, students } = input.outline;
  await allOrCancel(() => {
    const corpora = range(0, partitions).map((partition) => composePartition(input, partition, open?.lists));
    return [...corpora, ...students.map((student) => runStudent(input, student, corpora, open?.cells))];
  });
}

interface OpenWork {
  readonly lists: ReadonlySet<ComposeList>;
  readonly cells: ReadonlySet<string>;
}

async function composePartition(input: StudyInput, partition: number, open?: ReadonlySet<ComposeList>): Promise<void> {
  const lists = input.outline.compose.filter((each) => each.partition === partition && (open?.has(each.list) ?? true));
  await allOrCancel(() =>
    lists.map((compose) =>
      executeChild(composeCorpus, {
        workflowId: composeId(input.study, compose),
        staticSummary: `Texts with k = ${compose.k}`,
        args: [{ ...input, compose }],
      }),
    ),
  );
}

/**
 * Ends all batches of the plan. A shard whose batch activity was between two attempts when the study was cancelled
 * could not end its own.
 */
async function endBatches({ plan, outline: { modes, queues } }: StudyInput): Promise<void> {
  const byBatch = [modes.teacher, modes.keepGrader, ...modes.graders].includes('batch');
  if (byBatch) await batchActivities(queues.batch).endBatches({ plan });
}

/**
 * Analyses the study. If an operator has meanwhile redone or taken back something, composes and evaluates that first and
 * tries again.
 */
async function analyseOnceComplete(input: StudyInput, amendments: Amendments): Promise<StudyResult> {
  const { study, plan, outline } = input;
  const { analyse } = analysingActivities(outline.queues.control);
  for (;;) {
    await amendments.close();
    const ended = await analyse({ plan, study });
    if (!('open' in ended)) return ended;
    amendments.reopen();
    await composeAndEvaluate(input, { lists: new Set(ended.compose), cells: new Set(ended.open) });
  }
}
