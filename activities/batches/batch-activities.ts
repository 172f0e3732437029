/** Activities that write and grade the texts of a shard through a provider's batches. */
import type {
  ComposedRange,
  EndBatchesInput,
  GeneratedRange,
  GradeBatchInput,
  TextRef,
  WriteBatchInput,
} from '../../contracts/activities.ts';
import type { FindCall, ModelRequest } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { graderOf } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';
import { isGivenUp, phaseOf, writerOf } from '../asking/text-requests.ts';
import { listOpenBatches } from '../ledger/batches/open-batches.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { askByBatch } from './ask-by-batch.ts';
import { endAll } from './end-batches.ts';

export function makeBatchActivities(context: ActivityContext) {
  const find: FindCall = (key) => context.ledger.find(key);

  /** Writes composed texts, with a batch for each turn. Idempotency keys: the request keys; a retry joins open batches. */
  async function writeBatch({ texts }: WriteBatchInput): Promise<void> {
    const plan = await loadPlan(context, texts.plan);
    const { provider } = plan.science.teacher;
    await askByBatch(context, { plan, phase: 'compose', provider, listOpen: () => openTurns(plan, texts) });
  }

  /** Grades every generated text as often as the study asks; the next batch asks again for unreadable gradings. */
  async function gradeBatch({ texts, grader }: GradeBatchInput): Promise<void> {
    const plan = await loadPlan(context, texts.plan);
    const { provider } = graderOf(plan, grader);
    const listOpen = () => openGradings(plan, texts, grader);
    await askByBatch(context, { plan, phase: phaseOf(texts), provider, listOpen });
  }

  async function openTurns(plan: Plan, texts: ComposedRange): Promise<ModelRequest[]> {
    const open: ModelRequest[] = [];
    for (const ref of refsOf(plan, texts)) {
      const { prompt, requestAfter } = await writerOf(context, plan, ref);
      const written = await readWritten(find, prompt, requestAfter);
      if (written.end === 'open') open.push(written.request);
    }
    return open;
  }

  async function openGradings(
    plan: Plan,
    texts: ComposedRange | GeneratedRange,
    place: GradeBatchInput['grader'],
  ): Promise<ModelRequest[]> {
    const open: ModelRequest[] = [];
    const grader = graderOf(plan, place);
    const { compose, evaluation } = plan.science;
    const asked = place === 'keep' ? compose.keep.gradings : evaluation.gradings;
    const rounds = roundsOf(plan.catalog.rubric, asked);
    for (const ref of refsOf(plan, texts)) {
      if (await isGivenUp(context, plan, ref)) return [];
      const writer = await writerOf(context, plan, ref);
      const written = await readWritten(find, writer.prompt, writer.requestAfter);
      if (written.end !== 'generated') continue;
      for (let round = 0; round < rounds; round += 1) {
        const at = { combination: writer.item, text: written.text, round, asks: evaluation.asks };
        const graded = await readGradingRound(find, plan, grader, at);
        if (graded.end === 'open') open.push(graded.request);
      }
    }
    return open;
  }

  /** Ends the batches that a cancelled study has at a provider, and keeps their replies. Safe to repeat; limited in time. */
  async function endBatches({ plan }: EndBatchesInput): Promise<void> {
    const open = await listOpenBatches(context.ledger.tables, plan);
    await endAll(
      context,
      open.map(({ id }) => id),
      { by: plan },
    );
  }

  return { writeBatch, gradeBatch, endBatches };
}

function refsOf(plan: Plan, { from, to, ...texts }: ComposedRange | GeneratedRange): TextRef[] {
  const positions = Array.from({ length: to - from }, (_, place) => from + place);
  if (texts.kind === 'compose') return positions.map((index) => ({ ...texts, index }));
  const generations = Array.from({ length: plan.science.evaluation.generations }, (_, generation) => generation);
  return positions.flatMap((index) => generations.map((generation) => ({ ...texts, index, generation })));
}
