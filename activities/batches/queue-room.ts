/** How much of a batch may be submitted now: what providers take at once, what the study file allows, and what was learned. */
import type { Plan } from '../../contracts/plan.ts';
import { PROTOCOLS } from '../../contracts/protocols.ts';
import { modelName } from '../../domain/money/spending.ts';
import { runtimeOf } from '../asking/admit-call.ts';
import type { Room } from '../ledger/batches/close-batch.ts';
import { findQueueLimits, latestTook, noteQueueLimits, sumQueued } from '../ledger/batches/provider-queues.ts';
import type { ProviderFault } from '../providers/provider-fault.ts';
import { LONGEST_WAIT_MS, SHORTEST_WAIT_MS, waitBeforeRetry } from '../providers/told-wait.ts';
import { hashOfPlan } from '../shared/activity-context.ts';
import type { Work } from './batch-work.ts';

/** `waits`: for a person, why nothing is submitted now. */
export type QueueRoom = Room | { readonly waits: string; readonly again: number };

/** For how long nothing was added to a batch that is closed; unless a home says otherwise. */
const QUIET_MS = 2_000;
/** A maker's own service takes minutes at least. */
const MAKERS_QUIET_MS = 30_000;
const LONGEST_QUIET_MS = 10 * 60_000;
/** Where batches take hours, minutes of waiting for one more request are nothing. */
const QUIET_SHARE = 0.05;
/** Requests that come one by one, each within the quiet time, do not keep a batch open for longer. */
const MOST_QUIETS = 10;
/** Ends of other batches are seen sooner; this is for those of other homes. */
const ROOM_AGAIN_MS = 5_000;
/** Less than this share of a queue is not worth a batch while others are in it. */
const WORTHWHILE = 0.5;
/** Our count of tokens is an estimate: a queue that was full at so many takes this share of them. */
const TAKEN_SHARE = 0.6;
const FIRST_WAIT_QUIETS = 8;
const MOST_DOUBLED = 12;

async function quietOf({ context, plan, batch }: Work): Promise<number> {
  const isMakers = plan.science.providers[batch.provider]?.endpoint === 'default';
  const least = context.batchQuiet ?? (isMakers ? MAKERS_QUIET_MS : QUIET_MS);
  return Math.min(LONGEST_QUIET_MS, Math.max(least, QUIET_SHARE * (await latestTook(context.ledger.tables, batch))));
}

/**
 * Milliseconds until the batch is closed: once it is full, when nothing was added for a while (all that waits for others'
 * replies is in it then), or when that has taken long enough.
 */
export async function timeToClose(work: Work): Promise<number> {
  const { plan, batch } = work;
  const limits = batchLimitsOf(plan, batch.provider);
  if (batch.items >= limits.items || batch.bytes >= limits.bytes) return 0;
  const quiet = await quietOf(work);
  return Math.max(0, Math.min(quiet - batch.quiet, MOST_QUIETS * quiet - batch.age));
}

/** The most that one batch may hold. */
export function batchLimitsOf(plan: Plan, provider: string): { readonly items: number; readonly bytes: number } {
  const protocol = plan.science.providers[provider]?.protocol;
  if (!protocol) throw new RangeError(`provider "${provider}" is not in the plan`);
  return PROTOCOLS[protocol].batchLimits;
}

export async function findRoom({ context, plan, batch }: Work): Promise<QueueRoom> {
  const { tables } = context.ledger;
  const limits = batchLimitsOf(plan, batch.provider);
  const learned = await findQueueLimits(tables, batch);
  const name = modelName(batch);
  if (learned.wait > 0)
    return { waits: `the queue for batches of ${name} is full`, again: Math.min(learned.wait, ROOM_AGAIN_MS) };
  const rate = (await runtimeOf(context, hashOfPlan(plan)))?.rates[name];
  const queued = await sumQueued(tables, batch);
  const whole = {
    items: rate?.batchRequests ?? Infinity,
    tokens: Math.min(rate?.batchTokens ?? Infinity, learned.tokens ?? Infinity),
  };
  const free = { items: whole.items - queued.items, tokens: whole.tokens - queued.tokens };
  const most = Math.min(limits.items, learned.most ?? Infinity);
  const fits = Math.min(batch.items, most) <= free.items && batch.tokens <= free.tokens;
  const isWorthwhile = free.items >= WORTHWHILE * whole.items && free.tokens >= WORTHWHILE * whole.tokens;
  if (!fits && queued.items > 0 && !isWorthwhile)
    return {
      waits: `the queue for batches of ${name} has no room: ${describe(queued)} wait there`,
      again: ROOM_AGAIN_MS,
    };
  return { items: Math.max(1, Math.min(most, free.items)), bytes: limits.bytes, tokens: free.tokens };
}

const describe = ({ items, tokens }: { items: number; tokens: number }): string =>
  `${items.toLocaleString('en')} requests, about ${tokens.toLocaleString('en')} tokens,`;

/** Learns from a batch that was turned away; returns how long to wait before the next one is submitted. */
export async function learnFrom(
  { context, batch }: Work,
  { turnedAway, retryAfter = 0 }: ProviderFault,
): Promise<number> {
  const { tables } = context.ledger;
  const before = await findQueueLimits(tables, batch);
  if (turnedAway?.why === 'large') {
    const most = Math.max(1, Math.floor(batch.items / 2));
    await noteQueueLimits(tables, batch, { ...before, most, wait: 0 });
    return 0;
  }
  const times = before.times + 1;
  // A rate limit may be one of a minute, which passes soon; a full queue does not before a batch has ended.
  const first = turnedAway ? (context.batchQuiet ?? QUIET_MS) * FIRST_WAIT_QUIETS : SHORTEST_WAIT_MS;
  const least = first * 2 ** Math.min(MOST_DOUBLED, times - 1);
  const wait = waitBeforeRetry(Math.min(LONGEST_WAIT_MS, Math.max(retryAfter, least)));
  const tokens = turnedAway ? await learnTokens({ context, batch }, turnedAway.tokens) : before.tokens;
  await noteQueueLimits(tables, batch, { ...before, tokens, times, wait });
  return wait;
}

/** What a queue takes: what the provider says where our count agrees, else a part of what it did not take. */
async function learnTokens(
  { context, batch }: Pick<Work, 'context' | 'batch'>,
  said: number | undefined,
): Promise<number> {
  const { tokens: tried } = await sumQueued(context.ledger.tables, batch);
  const others = tried - batch.tokens;
  if (said !== undefined && tried > said) return said;
  return Math.max(1, others, Math.floor(TAKEN_SHARE * tried));
}
