/** Reserves money for claims, and ends claims: the cost of the request is booked in the same transaction. */
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Payment } from '../../contracts/payments.ts';
import { reserve, endReservation } from './gates.ts';
import { bookClaims, type Booked } from './payments.ts';
import type { LedgerTables } from './tables.ts';
import { isHeld } from './uptime.ts';

type Db = Kysely<LedgerTables>;
/** Selects rows of `sends`; must name columns as `sends.column`, because it is used inside larger statements. */
type Condition = RawBuilder<boolean>;

/** The right of one owner to send the request of a key. */
export interface Claim {
  readonly key: string;
  readonly owner: string;
}

interface Ending {
  /** These three are added to the counters of the rows. */
  readonly sent?: number;
  readonly faults?: number;
  readonly abandoned?: number;
  /** `unsent`: nothing is booked, and nothing paid. */
  readonly booked: Booked | 'unsent';
}

/** The owner of the claim is gone: its request may have been answered, so the reserved sum counts as paid. */
export const ABANDONED: Ending = { abandoned: 1, booked: { kind: 'abandoned' } };

/** A claim with the cost of its request. */
export interface PaidClaim {
  readonly claim: Claim;
  readonly payment: Payment;
}

export const isClaim = ({ key, owner }: Claim): Condition =>
  sql<boolean>`sends.key = ${key} and sends.owner = ${owner}`;

/** Reserves the largest cost of a claimed request, in nano-dollars. False when the cap has no room. */
export function reserveFor(db: Db, claim: Claim, plan: string, wanted: number, cap: number): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    if (!(await reserve(transaction, plan, wanted, cap))) return false;
    const { numUpdatedRows } = await transaction
      .updateTable('sends')
      .set({ plan, reserved: wanted })
      .where(isClaim(claim))
      .executeTakeFirst();
    // Another owner has the claim now. Nothing will be sent under this one, so the reservation ends again.
    if (numUpdatedRows === 0n) await endReservation(transaction, plan, wanted, 0);
    return true;
  });
}

/** Books the cost of a claimed request and ends its claim; a repeated call changes nothing. */
export const endPaidClaim = (db: Transaction<LedgerTables>, { claim, payment }: PaidClaim): Promise<number> =>
  endClaims(db, isClaim(claim), { booked: payment });

/** Ends the claims, and returns how many there were. */
export async function endClaims(
  db: Transaction<LedgerTables>,
  which: Condition,
  { sent = 0, faults = 0, abandoned = 0, booked }: Ending,
): Promise<number> {
  if (booked !== 'unsent') await bookClaims(db, which, booked);
  await bookReserved(db, which, booked === 'unsent' ? 0 : booked.paid);
  const { numUpdatedRows } = await db
    .updateTable('sends')
    .set({
      ...{ owner: null, plan: null, phase: null, model: null, reserved: 0 },
      sent: sql`sent + ${sent}`,
      faults: sql`faults + ${faults}`,
      abandoned: sql`abandoned + ${abandoned}`,
    })
    .where(which)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Ends claims that have expired: it is unknown whether their requests were answered, so they count as paid. */
export const endExpired = (db: Transaction<LedgerTables>, which: Condition): Promise<number> =>
  endClaims(db, sql<boolean>`sends.owner is not null and not (${isHeld('sends.expires')}) and ${which}`, ABANDONED);

async function bookReserved(db: Transaction<LedgerTables>, which: Condition, paid: number | undefined): Promise<void> {
  const held = sql<number>`(
    select coalesce(sum(sends.reserved), 0) from sends where sends.plan = budgets.plan and ${which}
  )`;
  await db
    .updateTable('budgets')
    .set({ spent: sql<number>`spent + ${paid ?? held}`, reserved: sql<number>`reserved - ${held}` })
    .where(sql<boolean>`plan in (select sends.plan from sends where ${which})`)
    .execute();
}
