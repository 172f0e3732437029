/** What of a study waits for a person: providers that refuse its key or account, and a cap that is reached. */
import { sql, type Kysely } from 'kysely';
import { toUsd } from '../../domain/money/spending.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import type { KnownStudy } from './studies.ts';
import type { LedgerTables } from './tables.ts';

type Db = Kysely<LedgerTables>;

export interface Wait {
  /** A provider, or `budget`. */
  readonly subject: string;
  readonly reason: string;
  /** The command that goes on. */
  readonly remedy: string;
}

/** Holds a provider's work until `liftHold`; the first reason stands. */
export async function holdProvider(db: Db, plan: string, provider: string, reason: string): Promise<void> {
  await db
    .insertInto('holds')
    .values({ plan, provider, reason, since: new Date().toISOString() })
    .onConflict((conflict) => conflict.columns(['plan', 'provider']).doNothing())
    .execute();
}

/** Why a provider's work is held, if it is. */
export async function findHold(db: Db, plan: string, provider: string): Promise<string | undefined> {
  const query = db.selectFrom('holds').select('reason').where('plan', '=', plan).where('provider', '=', provider);
  return (await query.executeTakeFirst())?.reason;
}

export async function listHolds(db: Db, plan: string): Promise<{ provider: string; reason: string }[]> {
  const query = db.selectFrom('holds').select(['provider', 'reason']).where('plan', '=', plan);
  return query.orderBy('provider').execute();
}

export async function liftHold(db: Db, plan: string, provider: string): Promise<void> {
  await db.deleteFrom('holds').where('plan', '=', plan).where('provider', '=', provider).execute();
}

/** For whoever starts a study: the cause may be mended, a key set. */
export async function liftHolds(db: Db, plan: string): Promise<void> {
  await db.deleteFrom('holds').where('plan', '=', plan).execute();
}

/** Notes the largest cost of a request that the cap refused: while it does not fit, the study waits. */
export async function noteRefused(db: Db, plan: string, wanted: number): Promise<void> {
  await db
    .updateTable('budgets')
    .set({ refused: sql<number>`case when refused < ${wanted} then ${wanted} else refused end` })
    .where('plan', '=', plan)
    .execute();
}

/** Whether the cap (in nano-dollars) has no room for what it refused, even when nothing is in flight. */
export async function isShort(db: Db, plan: string, cap: number): Promise<boolean> {
  const row = await db
    .selectFrom('budgets')
    .select('refused')
    .where('plan', '=', plan)
    .where('refused', '>', 0)
    .where(sql<boolean>`spent + refused > ${cap}`)
    .executeTakeFirst();
  return row !== undefined;
}

export async function listWaits(db: Db, { name, plan, runtime }: KnownStudy): Promise<Wait[]> {
  const held = (await listHolds(db, plan)).map(({ provider, reason }) => ({
    subject: provider,
    // Faults name their provider first, as the subject does.
    reason: reason.startsWith(`${provider}: `) ? reason.slice(provider.length + 2) : reason,
    remedy: `./etude resume ${name} --provider ${provider}`,
  }));
  const { usd } = runtime.limits;
  if (usd === undefined || !(await isShort(db, plan, nanoOf(usd)))) return held;
  const { spent } = await db.selectFrom('budgets').select('spent').where('plan', '=', plan).executeTakeFirstOrThrow();
  const reason = `the cap of $${usd} is reached, ${formatDollars(toUsd(BigInt(spent)))} are spent`;
  return [...held, { subject: 'budget', reason, remedy: `./etude raise-budget ${name} --usd AMOUNT` }];
}

/** A cap as the ledger compares it; without one, more than can be spent. */
export const nanoOf = (usd: number | undefined): number =>
  usd === undefined ? Number.MAX_SAFE_INTEGER : Math.round(usd * 1e9);
