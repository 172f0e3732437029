/** Who works on a batch now: one worker at a time, for as long as it says. */
import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from './tables.ts';
import { isHeld, uptime } from './uptime.ts';

type Db = Kysely<LedgerTables>;

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
