/** Activities that record a study's progress, and write its results at the end. */
import { ApplicationFailure } from '@temporalio/activity';
import type { AnalyseResult, RecordProgressInput, StudyRef } from '../../contracts/activities.ts';
import { FAILURES } from '../../contracts/failures.ts';
import { findStudy, finishStudy } from '../ledger/studies.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { analyseStudy } from './analyse-study.ts';
import { writeOutputs } from './write-outputs.ts';

export function makeAnalysisActivities(context: ActivityContext) {
  const db = context.ledger.tables;

  /** Records how many calls of a shard are done. Idempotency key: the shard's workflow id; a later count replaces it. */
  async function recordProgress({ study, shard, phase, calls }: RecordProgressInput): Promise<void> {
    const row = { id: shard, study, phase, calls };
    await db
      .insertInto('shards')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  }

  /** Writes results and report from plan and ledger if no call is open. Safe to repeat: it writes the same bytes. */
  async function analyse({ plan: hash, study }: StudyRef): Promise<AnalyseResult> {
    const plan = await loadPlan(context, hash);
    const known = await findStudy(db, study);
    // A workflow of a replaced plan may still end up here: it must not overwrite the outputs of the new plan.
    if (known?.plan !== hash)
      throw ApplicationFailure.nonRetryable(`study ${study} has another plan in this home`, FAILURES.plan);
    const analysis = await analyseStudy(context, plan, hash);
    const { openCells, openLists } = analysis;
    if (openLists.length > 0) return { open: openCells, compose: openLists };
    if (openCells.length > 0) return { open: openCells };
    if (analysis.open > 0)
      throw ApplicationFailure.retryable(`${analysis.open} calls have no reply yet`, FAILURES.unanswered);
    const outputs = await writeOutputs(context, { plan, hash, runtime: known.runtime, analysis });
    await finishStudy(db, known);
    return { results: outputs.results ?? '', failedArms: analysis.results.failedArms.length };
  }

  // `settleShard` is the name in recorded histories.
  return { settleShard: recordProgress, analyse };
}
