import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../tables.ts';
import { insertFresh } from './collect-requests.ts';

type Db = Kysely<LedgerTables>;

/** How much a batch may hold: bounds of its provider, and what is free in the provider's queue. */
export interface Room {
  readonly items: number;
  readonly bytes: number;
  readonly tokens: number;
}

/**
 * Nothing is added to the batch any more. What does not fit, the latest requests, moves to a batch that collects; one
 * request stays in any case.
 */
export async function closeBatch(db: Db, id: string, room: Room): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const batch = await transaction
      .updateTable('batches')
      .set({ collecting: 0, waits: null })
      .where('id', '=', id)
      .where('collecting', '=', 1)
      .returningAll()
      .executeTakeFirst();
    if (!batch) return;
    const { items, bytes, tokens } = batch;
    if (Number(items) <= room.items && Number(bytes) <= room.bytes && Number(tokens) <= room.tokens) return;
    const { plan, phase, provider, model, opened, changed } = batch;
    const rest = await insertFresh(transaction, ['the rest of', id], { plan, phase, provider, model });
    // Old enough to be closed at once, if there is room for it.
    await transaction.updateTable('batches').set({ opened, changed }).where('id', '=', rest).execute();
    await moveRest(transaction, { id, rest, room });
    for (const one of [id, rest]) await countAgain(transaction, one);
  });
}

const finite = (most: number): number => Math.min(most, Number.MAX_SAFE_INTEGER);

async function moveRest(
  db: Transaction<LedgerTables>,
  { id, rest, room }: { readonly id: string; readonly rest: string; readonly room: Room },
): Promise<void> {
  await sql`
    update batch_items set batch = ${rest} where key in (
      select key from (
        select key, row_number() over line as items, sum(bytes) over line as bytes, sum(tokens) over line as tokens
        from batch_items where batch = ${id}
        window line as (order by queued, key rows between unbounded preceding and current row)
      ) as counted
      where items > 1 and (items > ${finite(room.items)} or bytes > ${finite(room.bytes)} or tokens > ${finite(room.tokens)})
    )`.execute(db);
}

async function countAgain(db: Transaction<LedgerTables>, id: string): Promise<void> {
  const sum = (column: string) =>
    sql<number>`(select coalesce(sum(${sql.ref(column)}), 0) from batch_items where batch = ${id})`;
  const items = sql<number>`(select count(*) from batch_items where batch = ${id})`;
  await db
    .updateTable('batches')
    .set({ items, reserved: sum('reserved'), bytes: sum('bytes'), tokens: sum('tokens') })
    .where('id', '=', id)
    .execute();
  await db.deleteFrom('batches').where('id', '=', id).where('items', '=', 0).execute();
}
