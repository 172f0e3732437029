/** Batches in the ledger: the requests in each, their largest cost, the worker that has its lease, and how it ended. */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { ModelRequest } from '../../contracts/calls.ts';
import type { Payment, Phase } from '../../contracts/payments.ts';
import { hashOf } from '../../domain/basics/hash.ts';
import { modelName } from '../../domain/money/spending.ts';
import { reserve, endReservation } from './gates.ts';
import { bookBatch } from './payments.ts';
import { endExpired } from './reservations.ts';
import type { BatchesTable } from './tables.ts';
import type { LedgerTables } from './tables.ts';
import { elapsedSince, isHeld, uptime } from './uptime.ts';

type Db = Kysely<LedgerTables>;

/** A request with its key and the most that it may cost. */
export interface BatchRequest {
  readonly key: string;
  readonly request: ModelRequest;
  /** Nano-dollars. */
  readonly reserved: number;
}

export interface OpenBatch {
  readonly id: string;
  readonly plan: string;
  readonly provider: string;
  readonly model: string;
  readonly items: number;
  readonly submitted: string | null;
  readonly created: number;
  /** When the latest submission began: time of day in ms since 1970, and how many ms ago that is at least. */
  readonly sending: { readonly at: number; readonly ago: number } | null;
  readonly state: 'open' | 'cancelling' | 'ended';
}

/** One item of an ended batch: what it cost, and whether it has a reply. */
export interface EndedItem {
  readonly key: string;
  readonly payment: Payment;
  readonly answered: boolean;
}

export interface Wanted {
  readonly plan: string;
  readonly phase: Phase;
  readonly requests: readonly BatchRequest[];
  /** The cap on spending of the whole plan, in nano-dollars. */
  readonly cap: number;
}

const ROWS_AT_ONCE = 100;

/** Only for display and for comparing with a provider's lists; never to measure how long to wait. */
// eslint-disable-next-line no-restricted-properties
const timeOfDay = (): number => Date.now();

/**
 * Records the intent to submit a batch of those requests that have no reply and are not being sent, and reserves their
 * largest cost, in one transaction. Returns `full` with that cost when the cap has no room for it, and `none` when no
 * request is left; in both cases nothing is recorded.
 */
export async function recordIntent(db: Db, wanted: Wanted): Promise<'recorded' | 'none' | { readonly full: number }> {
  return db.transaction().execute(async (transaction) => {
    // The transaction must begin with a write: it then waits for other writers and sees what they have written.
    const id = await insertBatch(transaction, wanted);
    for (const request of wanted.requests) await takeItem(transaction, id, request);
    await endExpired(transaction, sql<boolean>`sends.key in (select key from batch_items where batch = ${id})`);
    const { items, reserved } = await sumItems(transaction, id);
    const fits = reserved === 0 || (await reserve(transaction, wanted.plan, reserved, wanted.cap));
    if (items === 0 || !fits) {
      await transaction.deleteFrom('batch_items').where('batch', '=', id).execute();
      await transaction.deleteFrom('batches').where('id', '=', id).execute();
      return items === 0 ? 'none' : { full: reserved };
    }
    await transaction.updateTable('batches').set({ items, reserved }).where('id', '=', id).execute();
    return 'recorded';
  });
}

async function sumItems(db: Db, batch: string): Promise<{ items: number; reserved: number }> {
  const { items, reserved } = await db
    .selectFrom('batch_items')
    .select((select) => [
      select.fn.countAll<number>().as('items'),
      select.fn.sum<number | null>('reserved').as('reserved'),
    ])
    .where('batch', '=', batch)
    .executeTakeFirstOrThrow();
  return { items: Number(items), reserved: Number(reserved ?? 0) };
}

/** The id is a hash of the keys, and of how often the same keys were in a batch before. */
async function insertBatch(db: Transaction<LedgerTables>, { plan, phase, requests }: Wanted): Promise<string> {
  const [first] = requests;
  if (!first) throw new RangeError('a batch of no requests');
  const { provider, model } = first.request;
  const keys = requests.map(({ key }) => key).sort();
  const created = timeOfDay();
  for (let round = 0; ; round += 1) {
    const id = hashOf({ keys, round });
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('batches')
      .values({
        ...{ id, plan, phase, provider, model, items: 0, reserved: 0, submitted: null },
        ...{ created, sending: null, sending_uptime: null, state: 'open' as const, owner: null, expires: 0 },
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows) return id;
  }
}

/** Adds a request to a batch, unless its key has a reply, is in another batch, or is being sent by a single call. */
async function takeItem(db: Transaction<LedgerTables>, batch: string, item: BatchRequest): Promise<void> {
  const { key, reserved } = item;
  const request = JSON.stringify(item.request);
  await sql`
    insert into batch_items (key, batch, request, reserved) select ${key}, ${batch}, ${request}, ${reserved}
    where not exists (select 1 from calls where calls.key = ${key})
      and not exists (select 1 from sends where sends.key = ${key} and owner is not null and ${isHeld('sends.expires')})
    on conflict (key) do nothing`.execute(db);
}

/** The open batches that contain any of the keys, and the keys that are in none. */
export async function batchesOf(db: Db, keys: readonly string[]): Promise<{ ids: string[]; free: Set<string> }> {
  const free = new Set(keys);
  const ids = new Set<string>();
  for (let at = 0; at < keys.length; at += ROWS_AT_ONCE) {
    const rows = await db
      .selectFrom('batch_items')
      .select(['key', 'batch'])
      .where('key', 'in', keys.slice(at, at + ROWS_AT_ONCE))
      .execute();
    for (const { key, batch } of rows) {
      free.delete(key);
      ids.add(batch);
    }
  }
  return { ids: [...ids].sort(), free };
}

/** The batch with this id; undefined once it has ended. */
export async function findOpenBatch(db: Db, id: string): Promise<OpenBatch | undefined> {
  const row = await db
    .selectFrom('batches')
    .selectAll()
    .where('id', '=', id)
    .where('state', '!=', 'ended')
    .executeTakeFirst();
  return row && toOpenBatch(row);
}

export async function listOpenBatches(db: Db, plan: string): Promise<OpenBatch[]> {
  const query = db.selectFrom('batches').selectAll().where('plan', '=', plan).where('state', '!=', 'ended');
  return (await query.orderBy('created').orderBy('id').execute()).map(toOpenBatch);
}

function toOpenBatch({ id, plan, provider, model, submitted, state, ...row }: BatchesTable): OpenBatch {
  const ago = elapsedSince(Number(row.sending_uptime ?? 0));
  const sending = row.sending === null ? null : { at: Number(row.sending), ago };
  const [items, created] = [Number(row.items), Number(row.created)];
  return { id, plan, provider, model, submitted, items, created, sending, state };
}

/** The requests of an open batch by key. */
export async function itemsOf(db: Db, id: string): Promise<Map<string, BatchRequest>> {
  const rows = await db.selectFrom('batch_items').selectAll().where('batch', '=', id).orderBy('key').execute();
  return new Map(
    rows.map(({ key, request, reserved }) => [
      key,
      { key, request: JSON.parse(request) as ModelRequest, reserved: Number(reserved) },
    ]),
  );
}

/** Ids of the provider's batches that belong to a recorded intent: a lost submission cannot be one of them. */
export async function knownBatches(db: Db, provider: string): Promise<Set<string>> {
  const query = db.selectFrom('batches').select('submitted').where('provider', '=', provider);
  return new Set((await query.execute()).flatMap(({ submitted }) => (submitted === null ? [] : [submitted])));
}

/** Makes `owner` the only one to work on the batch for so many milliseconds. False while another owner has the lease. */
export async function leaseBatch(db: Db, id: string, owner: string, milliseconds: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('batches')
    .set({ owner, expires: uptime() + milliseconds })
    .where('id', '=', id)
    .where('state', '!=', 'ended')
    .where(sql<boolean>`(owner is null or owner = ${owner} or not (${isHeld('expires')}))`)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export const endBatchLease = async (db: Db, id: string, owner: string): Promise<void> => {
  await db.updateTable('batches').set({ owner: null }).where('id', '=', id).where('owner', '=', owner).execute();
};

/** Notes that a submission begins: if its answer is lost, the next step searches the provider's list for the batch. */
export const noteSending = async (db: Db, id: string): Promise<void> => {
  const now = { sending: timeOfDay(), sending_uptime: uptime() };
  await db.updateTable('batches').set(now).where('id', '=', id).execute();
};

/** Records the provider's id of a batch; an id that is recorded already stays. */
export const recordSubmitted = async (db: Db, id: string, submitted: string): Promise<void> => {
  await db.updateTable('batches').set({ submitted }).where('id', '=', id).where('submitted', 'is', null).execute();
};

/** Notes that the provider was asked to end the batch, so that it is not asked again. */
export const noteCancelling = async (db: Db, id: string): Promise<void> => {
  await db
    .updateTable('batches')
    .set({ state: 'cancelling' })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .execute();
};

/** Ends a batch, once: books its cost, counts its requests as sent, and frees the keys that have no reply. */
export async function endBatch(db: Db, id: string, items: readonly EndedItem[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const ended = await transaction
      .updateTable('batches')
      .set({ state: 'ended', owner: null })
      .where('id', '=', id)
      .where('state', '!=', 'ended')
      .returning(['plan', 'phase', 'provider', 'model', 'reserved'])
      .executeTakeFirst();
    if (!ended) return;
    const { plan, phase } = ended;
    const payments = items.map(({ payment }) => payment);
    // A batch from before payments were booked has no phase.
    if (phase !== null) await bookBatch(transaction, { plan, phase, model: modelName(ended) }, payments);
    await transaction.deleteFrom('batch_items').where('batch', '=', id).execute();
    for (const item of items) await countSent(transaction, item);
    const paid = payments.reduce((sum, payment) => sum + payment.paid, 0);
    await endReservation(transaction, plan, Number(ended.reserved), paid);
  });
}

async function countSent(db: Transaction<LedgerTables>, { key, answered, payment }: EndedItem): Promise<void> {
  const faults = answered ? 0 : 1;
  const abandoned = payment.kind === 'abandoned' ? 1 : 0;
  await db
    .insertInto('sends')
    .values({ key, owner: null, expires: 0, sent: 1, faults, abandoned })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        sent: sql`sends.sent + 1`,
        faults: sql`sends.faults + ${faults}`,
        abandoned: sql`sends.abandoned + ${abandoned}`,
      }),
    )
    .execute();
}

/** Deletes an intent that was not submitted: nothing was sent or paid, and its keys are free again. */
export async function withdrawIntent(db: Db, id: string): Promise<void> {
  await endBatch(db, id, []);
  await db.deleteFrom('batches').where('id', '=', id).where('state', '=', 'ended').execute();
}
