/** Sends requests by batches, in rounds, until the ledger has a reply to each of them. */
import { cancellationSignal } from '@temporalio/activity';
import type { ModelRequest } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { Phase } from '../../contracts/payments.ts';
import type { Plan } from '../../contracts/plan.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import { largestUsage, requireNotStopped, runtimeOf } from '../asking/admit-call.ts';
import { asFailure } from '../asking/as-failure.ts';
import { collectRequests } from '../ledger/batches/collect-requests.ts';
import { batchesOf, findOpenBatch, type BatchRequest } from '../ledger/batches/open-batches.ts';
import { findOverrun } from '../ledger/faults.ts';
import { nanoOf, noteRefused } from '../ledger/holds.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';
import { noteProgress } from '../shared/heartbeat-while.ts';
import { readStopReason } from '../shared/stop-reason.ts';
import { endAll } from './end-batches.ts';
import { batchLimitsOf } from './queue-room.ts';
import { watchBatches, type Watcher } from './watch-batches.ts';

export interface Asked {
  readonly plan: Plan;
  readonly phase: Phase;
  /** The provider of all requests; they are all to one model. */
  readonly provider: string;
  /** Lists the requests that have no reply yet and can be sent now; later turns become open as replies come in. */
  readonly listOpen: () => Promise<readonly ModelRequest[]>;
}

/** Single calls of others are asking for the keys meanwhile. */
const OTHERS_MS = 250;

/**
 * Safe to repeat: batches are in the ledger, and the next attempt continues with those that are open. Requests of all
 * shards of a study to one model come together in a batch. When the activity is cancelled, it ends those batches of its
 * study that no other shard waits for, and keeps the replies that they have so far.
 */
export async function askByBatch(context: ActivityContext, asked: Asked): Promise<void> {
  const signal = cancellationSignal();
  const watcher = watchBatches(context, hashOfPlan(asked.plan), signal);
  let alone: readonly string[] = [];
  try {
    await askInRounds(context, asked, watcher).finally(async () => {
      alone = await watcher.leave();
    });
  } catch (error) {
    if (!signal.aborted)
      throw error instanceof ProviderFault ? await asFailure(context, asked.plan, asked, error) : error;
    const { reason, cancelled } = await readStopReason();
    if (cancelled) await cancelBatches(context, asked, alone);
    throw reason;
  }
}

async function askInRounds(context: ActivityContext, asked: Asked, watcher: Watcher): Promise<void> {
  const signal = cancellationSignal();
  let fault: ProviderFault | undefined;
  for (;;) {
    const ids = await inTurn(context, () => joinBatches(context, asked, fault));
    if (ids === 'done') return;
    fault = undefined;
    if (ids.length === 0) await context.clock.sleep(OTHERS_MS, { signal });
    else {
      noteProgress({ batches: ids.length });
      fault = await watcher.untilOneEnds(ids);
    }
  }
}

const turns = new WeakMap<ActivityContext, Promise<unknown>>();

/** A shard after another: when a batch ends, a hundred of them would have all their requests in memory at once. */
function inTurn<T>(context: ActivityContext, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(context) ?? Promise.resolve()).then(work);
  turns.set(
    context,
    mine.catch(() => undefined),
  );
  return mine;
}

/** The open requests, each key once, with the most that the request may cost. */
async function listOpen({ ledger }: ActivityContext, { plan, listOpen: list }: Asked): Promise<BatchRequest[]> {
  const byKey = new Map<string, BatchRequest>();
  for (const request of await list()) {
    const key = requestKey(request);
    const largest = largestUsage(request, await findOverrun(ledger.tables, request));
    const reserved = Number(costOf(plan.science.prices, modelName(request), largest, 'batch', 'largest'));
    byKey.set(key, { key, request, reserved, tokens: largest.inputTokens });
  }
  return [...byKey.values()];
}

/**
 * The ids of the open batches that contain what has no reply yet; those that are in none join the batch that collects.
 * `fault`: of a batch that has ended, thrown when it has left requests without a reply. Only keys are kept while waiting.
 */
async function joinBatches(
  context: ActivityContext,
  asked: Asked,
  fault: ProviderFault | undefined,
): Promise<readonly string[] | 'done'> {
  const { tables } = context.ledger;
  const open = await listOpen(context, asked);
  if (open.length === 0) return 'done';
  if (fault) throw fault;
  const keys = open.map(({ key }) => key);
  const { ids, free } = await batchesOf(tables, keys);
  if (free.size === 0) return ids;
  try {
    await admitRequests(
      context,
      asked,
      open.filter(({ key }) => free.has(key)),
    );
  } catch (error) {
    // Even while nothing more may be sent, the batches at the provider are collected.
    if (error instanceof ProviderFault && ids.length > 0) return ids;
    throw error;
  }
  return (await batchesOf(tables, keys)).ids;
}

async function admitRequests(context: ActivityContext, asked: Asked, requests: readonly BatchRequest[]): Promise<void> {
  const { tables } = context.ledger;
  const plan = hashOfPlan(asked.plan);
  await requireNotStopped(context, asked.plan, asked);
  const usd = (await runtimeOf(context, plan))?.limits.usd;
  const most = batchLimitsOf(asked.plan, asked.provider);
  const recorded = await collectRequests(tables, { plan, phase: asked.phase, requests, cap: nanoOf(usd), most });
  if (recorded === 'collected' || recorded === 'none') return;
  await noteRefused(tables, plan, recorded.full);
  const reason = `the cap of $${usd} has no room for ${requests.length} requests by batch; raise it with \`./etude raise-budget\``;
  throw new ProviderFault(FAILURES.budget, reason);
}

/** Ends this study's batches among those that nobody else waits for. One that cannot be reached stays for the next start. */
async function cancelBatches(context: ActivityContext, asked: Asked, alone: readonly string[]): Promise<void> {
  const by = hashOfPlan(asked.plan);
  const own: string[] = [];
  for (const id of alone) if ((await findOpenBatch(context.ledger.tables, id))?.plan === by) own.push(id);
  await endAll(context, own, { by });
}
