/** Requests come together in a batch that is not submitted yet, until it is closed; then nothing is added to it any more. */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Phase } from '../../../contracts/payments.ts';
import { hashOf } from '../../../domain/basics/hash.ts';
import { reserve } from '../gates.ts';
import { endExpired } from '../reservations.ts';
import type { LedgerTables } from '../tables.ts';
import { isHeld, uptime } from '../uptime.ts';
import { timeOfDay, type BatchRequest } from './open-batches.ts';

type Db = Kysely<LedgerTables>;
type Open = Transaction<LedgerTables>;

/** Requests of one study to one model. */
export interface Wanted {
  readonly plan: string;
  readonly phase: Phase;
  readonly requests: readonly BatchRequest[];
  /** The cap on spending of the whole plan, in nano-dollars. */
  readonly cap: number;
  /** A batch that has so much takes no more; without it, any. */
  readonly most?: { readonly items: number; readonly bytes: number };
}

/** What a line has beside its request: names of fields, the key, escaped characters. */
const BYTES_BESIDE = 512;

class NoRoom extends Error {
  readonly wanted: number;
  constructor(wanted: number) {
    super('the cap has no room');
    this.wanted = wanted;
  }
}

/**
 * Adds those requests that have no reply and are not being sent to the batch that collects for their study, phase and
 * model, or to a new one, and reserves their largest cost, in one transaction. Returns `full` with that cost when the cap
 * has no room for it, and `none` when no request is left; in both cases nothing is recorded.
 */
export async function collectRequests(
  db: Db,
  wanted: Wanted,
): Promise<'collected' | 'none' | { readonly full: number }> {
  try {
    return await db.transaction().execute(async (transaction) => {
      // The transaction must begin with a write: it then waits for other writers and sees what they have written.
      const place = placeOf(wanted);
      const id = (await findCollecting(transaction, place, wanted)) ?? (await insertBatch(transaction, place, wanted));
      const added: Added[] = [];
      for (const request of wanted.requests) {
        const row = await takeItem(transaction, id, request);
        if (row) added.push(row);
      }
      if (added.length > 0) return addTo(transaction, id, { ...wanted, added });
      await transaction.deleteFrom('batches').where('id', '=', id).where('items', '=', 0).execute();
      return 'none';
    });
  } catch (error) {
    if (error instanceof NoRoom) return { full: error.wanted };
    throw error;
  }
}

interface Added {
  readonly key: string;
  readonly reserved: number;
  readonly bytes: number;
  readonly tokens: number;
}

async function addTo(db: Open, id: string, { plan, cap, added }: Wanted & { readonly added: readonly Added[] }) {
  for (let at = 0; at < added.length; at += KEYS_AT_ONCE) {
    const keys = added.slice(at, at + KEYS_AT_ONCE).map(({ key }) => key);
    await endExpired(db, sql<boolean>`sends.key in (${sql.join(keys)})`);
  }
  const sum = (of: (row: Added) => number): number => added.reduce((total, row) => total + of(row), 0);
  const reserved = sum((row) => row.reserved);
  if (reserved > 0 && !(await reserve(db, plan, reserved, cap))) throw new NoRoom(reserved);
  const now = uptime();
  await db
    .updateTable('batches')
    .set({
      items: sql<number>`items + ${added.length}`,
      reserved: sql<number>`reserved + ${reserved}`,
      bytes: sql<number>`bytes + ${sum((row) => row.bytes)}`,
      tokens: sql<number>`tokens + ${sum((row) => row.tokens)}`,
      changed: now,
      opened: sql<number>`case when items = 0 then ${now} else opened end`,
    })
    .where('id', '=', id)
    .execute();
  return 'collected' as const;
}

const KEYS_AT_ONCE = 100;

/** What the requests of one batch have in common; older batches have no phase. */
interface Place {
  readonly plan: string;
  readonly phase: Phase | null;
  readonly provider: string;
  readonly model: string;
}

function placeOf({ plan, phase, requests: [first] }: Wanted): Place {
  if (!first) throw new RangeError('a batch of no requests');
  const { provider, model } = first.request;
  return { plan, phase, provider, model };
}

async function findCollecting(
  db: Open,
  { plan, phase, provider, model }: Place,
  { most }: Wanted,
): Promise<string | undefined> {
  const [found] = await db
    .updateTable('batches')
    .set({ collecting: 1 })
    .where('plan', '=', plan)
    .where('phase', '=', phase)
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('collecting', '=', 1)
    .where('submitted', 'is', null)
    .where('sending', 'is', null)
    .where('state', '=', 'open')
    .where('items', '<', most?.items ?? Number.MAX_SAFE_INTEGER)
    .where('bytes', '<', most?.bytes ?? Number.MAX_SAFE_INTEGER)
    .returning('id')
    .execute();
  return found?.id;
}

/** The id is a hash of the first keys, and of how often the same keys were the first of a batch before. */
const insertBatch = (db: Open, place: Place, { requests }: Wanted): Promise<string> =>
  insertFresh(db, requests.map(({ key }) => key).sort(), place);

/** An empty batch that collects, under an id that was never used. */
export async function insertFresh(db: Open, seed: unknown, place: Place): Promise<string> {
  const created = timeOfDay();
  const now = uptime();
  for (let round = 0; ; round += 1) {
    const id = hashOf({ keys: seed, round });
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('batches')
      .values({
        ...{ id, ...place, items: 0, reserved: 0, submitted: null, created, sending: null, sending_uptime: null },
        ...{ state: 'open' as const, owner: null, expires: 0, collecting: 1, opened: now, changed: now },
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows) return id;
  }
}

/** Adds a request to a batch, unless its key has a reply, is in another batch, or is being sent by a single call. */
async function takeItem(db: Open, batch: string, item: BatchRequest): Promise<Added | undefined> {
  const { key, reserved, tokens = 0 } = item;
  const request = JSON.stringify(item.request);
  const bytes = Buffer.byteLength(request) + BYTES_BESIDE;
  const { numAffectedRows } = await sql`
    insert into batch_items (key, batch, request, reserved, bytes, tokens, queued)
    select ${key}, ${batch}, ${request}, ${reserved}, ${bytes}, ${tokens}, ${uptime()}
    where not exists (select 1 from calls where calls.key = ${key})
      and not exists (select 1 from sends where sends.key = ${key} and owner is not null and ${isHeld('sends.expires')})
    on conflict (key) do nothing`.execute(db);
  return numAffectedRows ? { key, reserved, bytes, tokens } : undefined;
}
