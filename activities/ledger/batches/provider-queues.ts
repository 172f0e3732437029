/** What providers' queues for batches hold now, and what was learned of how much they take. */
import { type Kysely } from 'kysely';
import type { LedgerTables } from '../tables.ts';
import { elapsedSince, timeUntil, uptime } from '../uptime.ts';

type Db = Kysely<LedgerTables>;

interface Place {
  readonly provider: string;
  readonly model: string;
}

/** What a provider has shown of its queue for a model. */
export interface QueueLimits {
  /** The most input tokens that may wait there, if it was ever full. */
  readonly tokens: number | undefined;
  /** The most requests of one batch, if one was ever too large. */
  readonly most: number | undefined;
  /** How often in a row it was full. */
  readonly times: number;
  /** Milliseconds in which nothing is submitted. */
  readonly wait: number;
}

const UNKNOWN: QueueLimits = { tokens: undefined, most: undefined, times: 0, wait: 0 };
/** An account may get more, and others may have filled its queue: a limit is tried anew after a day. */
const LEARNED_FOR_MS = 24 * 60 * 60_000;

export async function findQueueLimits(db: Db, { provider, model }: Place): Promise<QueueLimits> {
  const query = db.selectFrom('batch_queues').selectAll().where('provider', '=', provider).where('model', '=', model);
  const row = await query.executeTakeFirst();
  if (!row || elapsedSince(Number(row.at)) > LEARNED_FOR_MS) return UNKNOWN;
  const orUnknown = (value: number | null): number | undefined => (value === null ? undefined : Number(value));
  const [times, wait] = [Number(row.times), timeUntil(Number(row.until))];
  return { tokens: orUnknown(row.tokens), most: orUnknown(row.most), times, wait };
}

/** Learns from a batch that was turned away. */
export async function noteQueueLimits(db: Db, { provider, model }: Place, limits: QueueLimits): Promise<void> {
  const { tokens = null, most = null, times, wait } = limits;
  const at = uptime();
  const values = { tokens, most, times, until: at + Math.round(wait), at };
  await db
    .insertInto('batch_queues')
    .values({ provider, model, ...values })
    .onConflict((conflict) => conflict.columns(['provider', 'model']).doUpdateSet(values))
    .execute();
}

/** A batch was taken: the next one that is not waits as after the first time. */
export async function noteQueueTakes(db: Db, { provider, model }: Place): Promise<void> {
  await db
    .updateTable('batch_queues')
    .set({ times: 0 })
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('times', '>', 0)
    .execute();
}

/** How many requests and tokens of this home a provider has of a model, in batches that have not ended. */
export async function sumQueued(db: Db, { provider, model }: Place): Promise<{ items: number; tokens: number }> {
  const { items, tokens } = await db
    .selectFrom('batches')
    .select((select) => [
      select.fn.sum<number | null>('items').as('items'),
      select.fn.sum<number | null>('tokens').as('tokens'),
    ])
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('state', '!=', 'ended')
    .where('sending', 'is not', null)
    .executeTakeFirstOrThrow();
  return { items: Number(items ?? 0), tokens: Number(tokens ?? 0) };
}

/** How many milliseconds a batch of a model takes: as the latest did that has ended, or the oldest one has so far. */
export async function latestTook(db: Db, { provider, model }: Place): Promise<number> {
  const row = await db
    .selectFrom('batches')
    .select('took')
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('took', 'is not', null)
    .orderBy('created', 'desc')
    .executeTakeFirst();
  const open = await db
    .selectFrom('batches')
    .select((select) => select.fn.min<number | null>('sending_uptime').as('since'))
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('state', '!=', 'ended')
    .where('submitted', 'is not', null)
    .executeTakeFirst();
  const soFar = open?.since === null || open === undefined ? 0 : elapsedSince(Number(open.since));
  return Math.max(Number(row?.took ?? 0), soFar);
}
