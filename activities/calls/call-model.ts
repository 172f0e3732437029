/** One paid model request: never sent when its reply is known, kept before the activity completes (invariant 1). */
import { randomUUID } from 'node:crypto';
import type { ModelReply, ModelRequest, StoredCall } from '../../contracts/calls.ts';
import { STUDENT_PROVIDER } from '../../contracts/calls.ts';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import type { Account, Phase } from '../../contracts/payments.ts';
import type { Plan } from '../../contracts/plan.ts';
import { paymentOf } from '../../domain/money/payments.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import { admitCall, requireNotStopped } from '../asking/admit-call.ts';
import { asFailure, fail } from '../asking/as-failure.ts';
import { activityRuntime, type CallRuntime } from '../asking/call-runtime.ts';
import { countInARow } from '../asking/count-fault.ts';
import { deadlineOf } from '../asking/deadline-of.ts';
import { noteReply } from '../asking/note-reply.ts';
import { requirePlannedModel } from '../asking/planned-model.ts';
import { providerFor } from '../asking/reach-provider.ts';
import { takeTurn } from '../asking/take-turn.ts';
import { advanceBatch } from '../batches/advance-batch.ts';
import { batchesOf } from '../ledger/batches/open-batches.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Claim } from '../ledger/reservations.ts';
import { uptime } from '../ledger/uptime.ts';
import type { Permit } from '../pacing/model-gate.ts';
import type { ModelProvider } from '../providers/model-provider.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';

const POLL_MS = 200;
/** What lets fewer requests be in flight: a server that answers too late has too many of them, too. */
const TOO_MUCH = new Set<FailureType>([FAILURES.rateLimit, FAILURES.overload]);
const isTooMuch = ({ type, streak }: ProviderFault): boolean => TOO_MUCH.has(type) || streak === 'deadline';
const KEEP_AGAIN_MS = 1_000;

interface Claimed {
  readonly plan: Plan;
  readonly request: ModelRequest;
  readonly claim: Claim;
  readonly runtime: CallRuntime;
  readonly permit: Permit;
}

export interface CallOptions {
  /** Without it, that of the activity that is being executed. */
  readonly runtime?: CallRuntime;
  /** The model's name in `rates`, where it is not that of the request: students are served under the digest of a checkpoint. */
  readonly pacedAs?: string;
  /** Whether the text of the request has replies already. */
  readonly begun?: boolean;
}

/** Throws `ApplicationFailure` when there is no reply yet; Temporal asks again, after the wait it names. */
export async function callModel(
  context: ActivityContext,
  plan: Plan,
  request: ModelRequest,
  phase: Phase,
  { runtime = activityRuntime(), pacedAs: model = modelName(request), begun = false }: CallOptions = {},
): Promise<StoredCall> {
  const { ledger } = context;
  const key = requestKey(request);
  // Of this call alone: another one of this process never ends its claim.
  const claim = { key, owner: `${context.owner}/${randomUUID()}` };
  for (;;) {
    const known = await lookUp(ledger, key);
    if (known) return known;
    // Seen before the claim, so that waiting writes nothing; what counts is the check after it.
    await requireNotStopped(context, plan, request).catch(fail(context, plan, request, runtime));
    const permit = await takeTurn(context, plan, request, { model, runtime, begun }).catch(
      fail(context, plan, request, runtime),
    );
    try {
      if (await ledger.claim(key, claim.owner, claimTime(context, request), accountOf(plan, request, phase))) {
        const reply = await callClaimed(context, { plan, request, claim, runtime, permit });
        if (reply) return reply;
      } else if ((await batchesOf(ledger.tables, [key])).ids.length > 0)
        return await awaitBatch(context, plan, request, runtime);
    } finally {
      permit.leave('other');
    }
    await context.clock.sleep(POLL_MS, { signal: runtime.signal });
  }
}

/** Students are asked on own machines: nobody is paid. */
function accountOf(plan: Plan, request: ModelRequest, phase: Phase): Account | undefined {
  return request.provider === STUDENT_PROVIDER
    ? undefined
    : { plan: hashOfPlan(plan), phase, model: modelName(request) };
}

/** A claim outlives the deadline, so that a slow sender is never doubled. */
const claimTime = (context: ActivityContext, request: ModelRequest): number => deadlineOf(context, request) + 5_000;
const enoughTime = (context: ActivityContext, request: ModelRequest): number => deadlineOf(context, request) + 4_000;

/** A reply that this process cannot write yet is as good as a kept one: a later attempt waits for it with the first. */
const lookUp = async (ledger: Ledger, key: string): Promise<StoredCall | undefined> =>
  (await ledger.pendingReplies.get(key)) ?? ledger.find(key);

/** A batch takes hours: it is looked after once, as its own study may be gone, and the slot is free for other calls. */
async function awaitBatch(
  context: ActivityContext,
  plan: Plan,
  request: ModelRequest,
  runtime: CallRuntime,
): Promise<never> {
  const { ids } = await batchesOf(context.ledger.tables, [requestKey(request)]);
  const input = { by: hashOfPlan(plan), signal: runtime.signal, log: runtime.log };
  for (const id of ids) await advanceBatch(context, id, input).catch(fail(context, plan, request, runtime));
  const batched = new ProviderFault(FAILURES.batched, `${request.provider}: in a batch`);
  throw await asFailure(context, plan, request, batched, runtime);
}

/** Undefined when the claim was lost before anything was sent. */
async function callClaimed(context: ActivityContext, claimed: Claimed): Promise<StoredCall | undefined> {
  const { ledger } = context;
  const { plan, request, claim, runtime } = claimed;
  // Another sender may have kept its reply between our look-up and our claim.
  const known = await lookUp(ledger, claim.key);
  if (known) {
    await ledger.unclaim(claim.key, claim.owner);
    return known;
  }
  const prepare = async () => {
    const provider = await providerFor(context, plan, request);
    await admitCall(context, claimed);
    // A locked ledger may have taken most of its time; from here on nothing but the provider takes any.
    const enough = enoughTime(context, request);
    return { provider, renewed: await ledger.renew(claim.key, claim.owner, claimTime(context, request), enough) };
  };
  const { provider, renewed } = await prepare().catch(async (error: unknown) => {
    await ledger.unclaim(claim.key, claim.owner);
    return fail(context, plan, request, runtime)(error);
  });
  return renewed ? send(context, claimed, provider) : undefined;
}

async function send(context: ActivityContext, claimed: Claimed, provider: ModelProvider): Promise<StoredCall> {
  const { ledger } = context;
  const { plan, request, claim, runtime, permit } = claimed;
  const sent = uptime();
  let reply: ModelReply;
  try {
    reply = await provider.send(request, runtime.signal);
    permit.leave('answered', reply.usage);
    await requirePlannedModel(context, plan, request, reply);
  } catch (error) {
    permit.leave(error instanceof ProviderFault && isTooMuch(error) ? 'too much' : 'other');
    if (!(error instanceof ProviderFault)) {
      await ledger.release(claim.key, claim.owner, { abandoned: true });
      throw error;
    }
    if (error.outcome) return keep(context, claimed, error.outcome);
    await ledger.release(claim.key, claim.owner, endingOf(error, plan, request));
    throw await asFailure(context, plan, request, await countInARow(context, request, error, sent), runtime);
  }
  const kept = await keep(context, claimed, reply);
  await noteReply(context, plan, request, reply);
  return kept;
}

/** What an answer of no use has cost, as far as it says so itself. */
function endingOf({ abandoned: isAbandoned, usage }: ProviderFault, plan: Plan, request: ModelRequest) {
  if (!isAbandoned || !usage) return { abandoned: isAbandoned };
  const paid = Number(costOf(plan.science.prices, modelName(request), usage));
  return { abandoned: true, payment: { kind: 'abandoned', usage, paid } as const };
}

function keep(context: ActivityContext, claimed: Claimed, reply: StoredCall): Promise<StoredCall> {
  const { key } = claimed.claim;
  const { ledger } = context;
  const keeping = offer(context, claimed, reply).finally(() => ledger.pendingReplies.delete(key));
  ledger.pendingReplies.set(key, keeping);
  return keeping;
}

/**
 * A reply that has arrived is paid for: while the ledger cannot take it (a full disk, a lock), it is offered again until the
 * process ends, also when the activity is cancelled or has missed its heartbeat meanwhile.
 */
async function offer({ ledger, clock }: ActivityContext, claimed: Claimed, reply: StoredCall): Promise<StoredCall> {
  const { plan, request, claim, runtime } = claimed;
  const { key } = claim;
  const payment = paymentOf(plan.science.prices, request, reply);
  for (;;) {
    try {
      return await ledger.keep(key, request, reply, { claim, payment });
    } catch (error) {
      runtime.log.warn('the ledger does not take a reply; it is offered again', { key, error: String(error) });
      await clock.sleep(KEEP_AGAIN_MS, { ref: false });
    }
  }
}
