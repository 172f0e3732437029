/** What waits for a person: providers that refuse a study's key or account ("held"), and a cap that is reached. */
import { sql, type Kysely } from 'kysely';
import { toUsd } from '../../domain/money/spending.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import { forgetFaultsOf } from './faults.ts';
import { listStuck } from './retries.ts';
import type { KnownStudy } from './studies.ts';
import type { LedgerTables } from './tables.ts';

type Db = Kysely<LedgerTables>;

export interface Wait {
  /** A provider, or `budget`. */
  readonly subject: string;
  readonly reason: string;
  /** The command that continues. */
  readonly remedy: string;
}

/** Stops requests to a provider until `liftHold`; of several reasons the first is kept. */
export async function holdProvider(db: Db, plan: string, provider: string, reason: string): Promise<void> {
  await db
    .insertInto('holds')
    .values({ plan, provider, reason, since: new Date().toISOString() })
    .onConflict((conflict) => conflict.columns(['plan', 'provider']).doNothing())
    .execute();
}

/** The reason why nothing is sent to a provider; undefined when it is not held. */
export async function findHold(db: Db, plan: string, provider: string): Promise<string | undefined> {
  const query = db.selectFrom('holds').select('reason').where('plan', '=', plan).where('provider', '=', provider);
  return (await query.executeTakeFirst())?.reason;
}

export async function listHolds(db: Db, plan: string): Promise<{ provider: string; reason: string }[]> {
  const query = db.selectFrom('holds').select(['provider', 'reason']).where('plan', '=', plan);
  return query.orderBy('provider').execute();
}

/** Faults in a row are counted anew: the cause may be gone. */
export async function liftHold(db: Db, plan: string, provider: string): Promise<void> {
  await forgetFaultsOf(db, provider);
  await db.deleteFrom('holds').where('plan', '=', plan).where('provider', '=', provider).execute();
}

/** Lifts all holds, when a study is started: the person may have corrected the cause, for example set a key. */
export async function liftHolds(db: Db, plan: string): Promise<void> {
  for (const { provider } of await listHolds(db, plan)) await liftHold(db, plan, provider);
}

/** Notes the cost of a request that the cap refused, if it is the largest so far: the study waits until it would fit. */
export async function noteRefused(db: Db, plan: string, wanted: number): Promise<void> {
  await db
    .updateTable('budgets')
    .set({ refused: sql<number>`case when refused < ${wanted} then ${wanted} else refused end` })
    .where('plan', '=', plan)
    .execute();
}

/** Whether the cap (in nano-dollars) has no room for the refused request, even once nothing else is reserved. */
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
    // Messages of provider faults begin with the provider's name, which the subject shows already.
    reason: reason.startsWith(`${provider}: `) ? reason.slice(provider.length + 2) : reason,
    remedy: `./etude resume ${name} --provider ${provider}`,
  }));
  const mistakes = await listStuck(db, name, { held: true });
  for (const { type, fault } of mistakes)
    held.push({
      subject: type,
      reason: `an error of the program stops it: ${fault}; report it, and update Etude or what it names`,
      remedy: './etude start FILE',
    });
  const { usd } = runtime.limits;
  if (usd === undefined || !(await isShort(db, plan, nanoOf(usd)))) return held;
  const { spent } = await db.selectFrom('budgets').select('spent').where('plan', '=', plan).executeTakeFirstOrThrow();
  const reason = `the cap of $${usd} is reached, ${formatDollars(toUsd(BigInt(spent)))} are spent`;
  return [...held, { subject: 'budget', reason, remedy: `./etude raise-budget ${name} --usd AMOUNT` }];
}

/** A cap in nano-dollars; without a cap, a number larger than any sum. */
export const nanoOf = (usd: number | undefined): number =>
  usd === undefined ? Number.MAX_SAFE_INTEGER : Math.round(usd * 1e9);
