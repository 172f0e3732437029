/** One paid model request: never sent when its reply is known, kept before the activity completes (invariant 1). */
import { setTimeout as wait } from 'node:timers/promises';
import { cancellationSignal, log } from '@temporalio/activity';
import type { ModelReply, ModelRequest, StoredCall } from '../contracts/calls.ts';
import { FAILURES } from '../contracts/failures.ts';
import type { Plan } from '../contracts/plan.ts';
import { requestKey } from '../domain/requests.ts';
import type { ActivityContext } from './activity-context.ts';
import { admitCall, hashOfPlan, requireNotStopped } from './admit-call.ts';
import { asFailure, fail } from './as-failure.ts';
import { advanceBatch } from './batches/advance-batch.ts';
import { batchesOf } from './ledger/batches.ts';
import type { Ledger } from './ledger/ledger.ts';
import { ProviderFault } from './providers/provider-fault.ts';
import { providerFor, requirePlannedModel } from './reach-provider.ts';

const POLL_MS = 200;
const KEEP_AGAIN_MS = 1_000;

/** Throws `ApplicationFailure` when there is no reply yet; Temporal asks again, after the wait it names. */
export async function callModel(context: ActivityContext, plan: Plan, request: ModelRequest): Promise<StoredCall> {
  const { ledger, owner, deadline } = context;
  const key = requestKey(request);
  for (;;) {
    const known = await ledger.find(key);
    if (known) return known;
    // Seen before the claim, so that waiting writes nothing; what counts is the look after it.
    await requireNotStopped(context, plan, request).catch(fail(context, plan, request));
    // The claim outlives the deadline, so that a slow sender is never doubled.
    if (await ledger.claim(key, owner, deadline + 5_000)) break;
    if ((await batchesOf(ledger.tables, [key])).ids.length > 0) return awaitBatch(context, plan, request);
    await wait(POLL_MS, undefined, { signal: cancellationSignal() });
  }
  // Another sender may have kept its reply between our look and our claim.
  const known = await ledger.find(key);
  if (known) {
    await ledger.unclaim(key, owner);
    return known;
  }
  return send(context, plan, key, request);
}

/** A batch takes hours: it is looked after once, as its own study may be gone, and the slot is free for other calls. */
async function awaitBatch(context: ActivityContext, plan: Plan, request: ModelRequest): Promise<never> {
  const { ids } = await batchesOf(context.ledger.tables, [requestKey(request)]);
  const input = { by: hashOfPlan(plan), signal: cancellationSignal() };
  for (const id of ids) await advanceBatch(context, id, input).catch(fail(context, plan, request));
  throw await asFailure(context, plan, request, new ProviderFault(FAILURES.batched, `${request.provider}: in a batch`));
}

async function send(context: ActivityContext, plan: Plan, key: string, request: ModelRequest): Promise<StoredCall> {
  const { ledger, owner } = context;
  const prepare = async () => ({
    provider: await providerFor(context, plan, request),
    admission: await admitCall(context, plan, request),
  });
  const { provider, admission } = await prepare().catch(async (error: unknown) => {
    await ledger.unclaim(key, owner);
    return fail(context, plan, request)(error);
  });
  let reply: ModelReply;
  try {
    reply = await provider.send(request, cancellationSignal());
    requirePlannedModel(request, reply);
  } catch (error) {
    if (!(error instanceof ProviderFault)) {
      await admission.settle({ abandoned: true });
      await ledger.release(key, owner, { abandoned: true });
      throw error;
    }
    await admission.settle({ abandoned: error.abandoned });
    if (error.type === FAILURES.badRequest) return keep(ledger, key, request, { end: 'failed', reason: error.message });
    await ledger.release(key, owner, { abandoned: error.abandoned });
    throw await asFailure(context, plan, request, error);
  }
  const kept = await keep(ledger, key, request, reply);
  await admission.settle({ reply });
  return kept;
}

/** A reply in hand is paid for: while the ledger cannot take it (a full disk), it is offered again until the worker stops. */
async function keep(ledger: Ledger, key: string, request: ModelRequest, reply: StoredCall): Promise<StoredCall> {
  for (;;) {
    try {
      return await ledger.keep(key, request, reply);
    } catch (error) {
      log.warn('the ledger does not take a reply; it is offered again', { key, error: String(error) });
      await wait(KEEP_AGAIN_MS, undefined, { signal: cancellationSignal() });
    }
  }
}
