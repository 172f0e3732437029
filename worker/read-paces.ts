import { isPaused } from '../activities/ledger/gates.ts';
import { isShort, listHolds, nanoOf } from '../activities/ledger/holds.ts';
import type { KnownStudy } from '../activities/ledger/studies.ts';
import { loadPlan, type ActivityContext } from '../activities/shared/activity-context.ts';
import { paceQueues, type QueuePace, type StudyCalls } from '../domain/run/pace-queues.ts';
import { callQueues } from '../domain/run/workflow-plan.ts';

/** The pace of each call queue by name, from the ledger: people change rates, pause and resume while studies run. */
export async function readPaces(
  context: ActivityContext,
  studies: readonly KnownStudy[],
  home: string,
): Promise<Map<string, QueuePace>> {
  const calls: StudyCalls[] = [];
  for (const study of studies) calls.push(await readCalls(context, study, home));
  return paceQueues(calls);
}

async function readCalls(context: ActivityContext, study: KnownStudy, home: string): Promise<StudyCalls> {
  const { plan: hash, runtime } = study;
  const db = context.ledger.tables;
  const plan = await loadPlan(context, hash);
  const short = await isShort(db, hash, nanoOf(runtime.limits.usd));
  return {
    queues: callQueues(plan, runtime, home),
    paused: await isPaused(db, hash),
    held: (await listHolds(db, hash)).map(({ provider }) => provider),
    unpaid: short ? Object.keys(plan.science.prices) : [],
  };
}
