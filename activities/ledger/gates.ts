/** The checks between claiming a request and sending it: pause and the cap on spending. */
import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from './tables.ts';
import { isHeld } from './uptime.ts';

type Db = Kysely<LedgerTables>;

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

export interface Stop {
  readonly paused: boolean;
  readonly cancelled: boolean;
  /** The reason why nothing is sent to the provider. */
  readonly hold: string | undefined;
}

/** What keeps requests of a study to a provider from being sent. One statement, as it is asked twice for every call. */
export async function findStop(db: Db, plan: string, provider: string): Promise<Stop> {
  const { rows } = await sql<{ paused: number; cancelled: number; hold: string | null }>`select
    exists (select 1 from pauses where plan = ${plan}) as paused,
    exists (select 1 from studies where plan = ${plan} and state = 'cancelled') as cancelled,
    (select reason from holds where plan = ${plan} and provider = ${provider}) as hold`.execute(db);
  const [row] = rows;
  return { paused: Boolean(row?.paused), cancelled: Boolean(row?.cancelled), hold: row?.hold ?? undefined };
}

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
