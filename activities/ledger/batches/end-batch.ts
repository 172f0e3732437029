/** How batches end: request by request, each once, and what is left of their reservation at the end. */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Payment } from '../../../contracts/payments.ts';
import { modelName } from '../../../domain/money/spending.ts';
import { endReservation } from '../gates.ts';
import { bookBatch } from '../payments.ts';
import type { LedgerTables } from '../tables.ts';
import { elapsedSince } from '../uptime.ts';

type Db = Kysely<LedgerTables>;
type Open = Transaction<LedgerTables>;

/** One item of a batch: what it cost, and whether it has a reply. */
export interface EndedItem {
  readonly key: string;
  readonly payment: Payment;
  readonly answered: boolean;
}

/**
 * Takes requests out of a batch, each once: books its cost, counts it as sent, and frees its key. What is reserved for it
 * ends. Whoever reads results again after a crash finds the others.
 */
export async function endItems(db: Db, id: string, items: readonly EndedItem[]): Promise<void> {
  if (items.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    const ended: EndedItem[] = [];
    let reserved = 0;
    for (const item of items) {
      const row = await transaction
        .deleteFrom('batch_items')
        .where('key', '=', item.key)
        .where('batch', '=', id)
        .returning('reserved')
        .executeTakeFirst();
      if (!row) continue;
      reserved += Number(row.reserved);
      ended.push(item);
      await countSent(transaction, item);
    }
    const batch = await transaction
      .updateTable('batches')
      .set({ reserved: sql<number>`reserved - ${reserved}` })
      .where('id', '=', id)
      .returning(['plan', 'phase', 'provider', 'model'])
      .executeTakeFirst();
    if (!batch) return;
    const { plan, phase } = batch;
    const payments = ended.map(({ payment }) => payment);
    // A batch from before payments were booked has no phase.
    if (phase !== null) await bookBatch(transaction, { plan, phase, model: modelName(batch) }, payments);
    const paid = payments.reduce((sum, payment) => sum + payment.paid, 0);
    await endReservation(transaction, plan, reserved, paid);
  });
}

/** Ends a batch, once; what is left in it was not sent or brought nothing, and its keys are free. */
export async function endBatch(db: Db, id: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const ended = await transaction
      .updateTable('batches')
      .set({ state: 'ended', owner: null, collecting: 0, waits: null })
      .where('id', '=', id)
      .where('state', '!=', 'ended')
      .returning(['plan', 'provider', 'model', 'reserved', 'submitted', 'sending_uptime'])
      .executeTakeFirst();
    if (!ended) return;
    await transaction.deleteFrom('batch_items').where('batch', '=', id).execute();
    await endReservation(transaction, ended.plan, Number(ended.reserved), 0);
    if (ended.submitted === null) return;
    if (ended.sending_uptime !== null) await noteTook(transaction, id, elapsedSince(Number(ended.sending_uptime)));
    await callWaiting(transaction, ended);
  });
}

const noteTook = async (db: Open, id: string, took: number): Promise<void> => {
  await db.updateTable('batches').set({ took, reserved: 0 }).where('id', '=', id).execute();
};

/** There is room in the provider's queue now. */
async function callWaiting(db: Open, { provider, model }: { provider: string; model: string }): Promise<void> {
  await db
    .updateTable('batches')
    .set({ due: 0 })
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('state', '=', 'open')
    .where('submitted', 'is', null)
    .execute();
  await db
    .updateTable('batch_queues')
    .set({ until: 0, times: 0 })
    .where('provider', '=', provider)
    .where('model', '=', model)
    .execute();
}

async function countSent(db: Open, { key, answered, payment }: EndedItem): Promise<void> {
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

/** Deletes a batch that was not submitted: nothing was sent or paid, and its keys are free again. */
export async function withdrawBatch(db: Db, id: string): Promise<void> {
  await endBatch(db, id);
  await db.deleteFrom('batches').where('id', '=', id).where('state', '=', 'ended').execute();
}
