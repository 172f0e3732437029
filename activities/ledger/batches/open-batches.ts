/** The open batches of a ledger: what each holds, the worker that has its lease, and how far it is. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { ModelRequest } from '../../../contracts/calls.ts';
import type { BatchesTable, BatchItemsTable } from '../schema/batch-tables.ts';
import type { LedgerTables } from '../tables.ts';
import { elapsedSince, timeUntil, uptime } from '../uptime.ts';

type Db = Kysely<LedgerTables>;

/** A request with its key and the most that it may cost. */
export interface BatchRequest {
  readonly key: string;
  readonly request: ModelRequest;
  /** Nano-dollars. */
  readonly reserved: number;
  /** Of its input, estimated; 0 where nobody has. */
  readonly tokens?: number;
}

export interface OpenBatch {
  readonly id: string;
  readonly plan: string;
  readonly provider: string;
  readonly model: string;
  /** How many requests it has, or had when it was submitted. */
  readonly items: number;
  /** About their size on the wire, and their input tokens. */
  readonly bytes: number;
  readonly tokens: number;
  readonly submitted: string | null;
  readonly created: number;
  /** When the latest submission began: time of day in ms since 1970, and how many ms ago that is at least. */
  readonly sending: { readonly at: number; readonly ago: number } | null;
  readonly state: 'open' | 'cancelling' | 'ended';
  /** Whether it takes more requests; how many ms ago it took its first and its latest, at least. */
  readonly collecting: boolean;
  readonly age: number;
  readonly quiet: number;
  /** How many ms until its next step; 0 when that is due. */
  readonly dueIn: number;
  /** How many of its requests the provider says are done. */
  readonly done: number;
  readonly tries: number;
  /** Why it is not submitted yet. */
  readonly waits: string | null;
}

const ROWS_AT_ONCE = 100;

/** Only for display and for comparing with a provider's lists; never to measure how long to wait. */
// eslint-disable-next-line no-restricted-properties
export const timeOfDay = (): number => Date.now();

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

function toOpenBatch({
  id,
  plan,
  provider,
  model,
  submitted,
  state,
  waits,
  ...row
}: Selectable<BatchesTable>): OpenBatch {
  const ago = elapsedSince(Number(row.sending_uptime ?? 0));
  return {
    ...{ id, plan, provider, model, submitted, state, waits },
    items: Number(row.items),
    bytes: Number(row.bytes),
    tokens: Number(row.tokens),
    created: Number(row.created),
    sending: row.sending === null ? null : { at: Number(row.sending), ago },
    collecting: Number(row.collecting) > 0,
    age: elapsedSince(Number(row.opened)),
    quiet: elapsedSince(Number(row.changed)),
    dueIn: timeUntil(Number(row.due)),
    done: Number(row.done),
    tries: Number(row.tries),
  };
}

/** The keys of an open batch that are not done yet. */
export async function keysOf(db: Db, id: string): Promise<Set<string>> {
  const rows = await db.selectFrom('batch_items').select('key').where('batch', '=', id).execute();
  return new Set(rows.map(({ key }) => key));
}

/** The requests of an open batch in order of their keys, a few at a time: all of them may be larger than the memory. */
export async function* readItems(db: Db, id: string): AsyncIterable<BatchRequest> {
  for (let after = ''; ;) {
    const query = db.selectFrom('batch_items').selectAll().where('batch', '=', id).where('key', '>', after);
    const rows = await query.orderBy('key').limit(ROWS_AT_ONCE).execute();
    for (const row of rows) yield toRequest(row);
    const last = rows.at(-1);
    if (!last) return;
    after = last.key;
    await nextTurn();
  }
}

/** A request of an open batch; undefined once it is done. */
export async function findItem(db: Db, id: string, key: string): Promise<BatchRequest | undefined> {
  const query = db.selectFrom('batch_items').selectAll().where('key', '=', key).where('batch', '=', id);
  const row = await query.executeTakeFirst();
  return row && toRequest(row);
}

const toRequest = ({ key, request, reserved }: Selectable<BatchItemsTable>): BatchRequest => ({
  key,
  request: JSON.parse(request) as ModelRequest,
  reserved: Number(reserved),
});

/** Ids of the provider's batches that belong to a recorded intent: a lost submission cannot be one of them. */
export async function knownBatches(db: Db, provider: string): Promise<Set<string>> {
  const query = db.selectFrom('batches').select('submitted').where('provider', '=', provider);
  return new Set((await query.execute()).flatMap(({ submitted }) => (submitted === null ? [] : [submitted])));
}

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

/** Nobody takes the next step of the batch for so many milliseconds; `waits`: why it cannot be submitted yet. */
export const noteDue = async (
  db: Db,
  id: string,
  { wait, ...shown }: { readonly wait: number; readonly done?: number; readonly waits?: string | null },
): Promise<void> => {
  const due = uptime() + Math.round(wait);
  await db
    .updateTable('batches')
    .set({ due, ...shown })
    .where('id', '=', id)
    .execute();
};

/** The provider has turned the whole batch away, and nothing of it will be answered: it may be submitted again. */
export const noteTurnedAway = async (
  db: Db,
  id: string,
  { wait, waits }: { readonly wait: number; readonly waits: string },
): Promise<void> => {
  const back = { submitted: null, sending: null, sending_uptime: null, done: 0, collecting: 1 };
  await db
    .updateTable('batches')
    .set({ ...back, waits, due: uptime() + Math.round(wait), tries: sql<number>`tries + 1` })
    .where('id', '=', id)
    .execute();
};
