/** The checks between claiming a request and sending it: pause, token rate and the cap on spending. */
import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from './tables.ts';
import { isHeld, uptime } from './uptime.ts';

type Db = Kysely<LedgerTables>;

const MINUTE_MS = 60_000;

export const pauseStudy = async (db: Db, plan: string): Promise<void> => {
  const row = { plan, since: new Date().toISOString() };
  await db
    .insertInto('pauses')
    .values(row)
    .onConflict((conflict) => conflict.column('plan').doNothing())
    .execute();
};

export const resumeStudy = async (db: Db, plan: string): Promise<void> => {
  await db.deleteFrom('pauses').where('plan', '=', plan).execute();
};

export const isPaused = async (db: Db, plan: string): Promise<boolean> =>
  (await db.selectFrom('pauses').select('plan').where('plan', '=', plan).executeTakeFirst()) !== undefined;

/** Keys and batches that are being sent now. A pause is complete when those in flight at its beginning have ended. */
export async function keysInFlight(db: Db): Promise<Set<string>> {
  const calls = db.selectFrom('sends').select('key').where('owner', 'is not', null).where(isHeld('expires'));
  // Only batches that are being submitted: one that the provider has sends nothing more and is collected as usual.
  const batches = db
    .selectFrom('batches')
    .select('id as key')
    .where('submitted', 'is', null)
    .where('owner', 'is not', null)
    .where(isHeld('expires'));
  return new Set((await calls.union(batches).execute()).map(({ key }) => key));
}

/**
 * Takes tokens from a model's bucket, which holds one minute's worth and fills evenly. Returns 0, or the milliseconds
 * until there are enough, never more than a minute; a request larger than the bucket waits for a full one.
 */
export async function takeTokens(db: Db, model: string, wanted: number, perMinute: number): Promise<number> {
  const now = uptime();
  const need = Math.min(wanted, perMinute);
  await db
    .insertInto('buckets')
    .values({ model, level: perMinute, at: now })
    .onConflict((conflict) => conflict.column('model').doNothing())
    .execute();
  const level = sql<number>`level + ${filledSince(now)} * ${perMinute} / 60000.0`;
  const filled = sql<number>`case when ${level} > ${perMinute} then ${perMinute} * 1.0 else ${level} end`;
  const taken = await db
    .updateTable('buckets')
    .set({ level: sql<number>`${filled} - ${need}`, at: now })
    .where('model', '=', model)
    .where(sql<boolean>`${filled} >= ${need}`)
    .executeTakeFirst();
  if (taken.numUpdatedRows > 0n) return 0;
  const row = await db
    .selectFrom('buckets')
    .select(filled.as('level'))
    .where('model', '=', model)
    .executeTakeFirstOrThrow();
  // At least a moment: the bucket may have filled up between the two statements.
  return Math.max(1, Math.ceil(((need - Number(row.level)) * 60_000) / perMinute));
}

/**
 * Milliseconds for which a bucket has filled: 0 if another process has just taken from it, and a whole minute if its time
 * is far in the future, which means that the machine was restarted since.
 */
const filledSince = (now: number) =>
  sql<number>`case when at > ${now + MINUTE_MS} then ${MINUTE_MS} when at > ${now} then 0 else ${now} - at end`;

/**
 * Reserves nano-dollars for a claim or a batch. False when spent + reserved + wanted would exceed the cap; one statement
 * checks and reserves, so that parallel callers never exceed it together.
 */
export async function reserve(db: Db, plan: string, wanted: number, cap: number): Promise<boolean> {
  await db
    .insertInto('budgets')
    .values({ plan, spent: 0, reserved: 0, refused: 0 })
    .onConflict((conflict) => conflict.column('plan').doNothing())
    .execute();
  const reserved = await db
    .updateTable('budgets')
    .set({
      reserved: sql<number>`reserved + ${wanted}`,
      // An earlier refusal of no more than this would fit now too, so it no longer counts.
      refused: sql<number>`case when refused <= ${wanted} then 0 else refused end`,
    })
    .where('plan', '=', plan)
    .where(sql<boolean>`spent + reserved + ${wanted} <= ${cap}`)
    .executeTakeFirst();
  return reserved.numUpdatedRows > 0n;
}

/** Replaces a reservation by what was paid, both in nano-dollars. */
export async function endReservation(db: Db, plan: string, reserved: number, paid: number): Promise<void> {
  await db
    .updateTable('budgets')
    .set({ reserved: sql<number>`reserved - ${reserved}`, spent: sql<number>`spent + ${paid}` })
    .where('plan', '=', plan)
    .execute();
}

export async function budgetOf(db: Db, plan: string): Promise<{ spent: number; reserved: number }> {
  const row = await db.selectFrom('budgets').selectAll().where('plan', '=', plan).executeTakeFirst();
  return { spent: Number(row?.spent ?? 0), reserved: Number(row?.reserved ?? 0) };
}
