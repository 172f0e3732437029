/** Which worker processes of the home are alive: each says so every second, and learns which part of a limit is its own. */
import { sql, type Kysely } from 'kysely';
import type { Seat } from '../../domain/run/share-limit.ts';
import type { LedgerTables } from './tables.ts';
import { elapsedSince, isHeld, uptime } from './uptime.ts';

type Db = Kysely<LedgerTables>;

/** Many times as long as it takes to say so again: a worker that stands still for a while keeps its part. */
const LEASE_MS = 15_000;
/** By then the others have seen the new one, and send less. */
const JOINING_MS = 3_000;

/** Says that `owner` is alive, and returns its seat among all that are. */
export function renewWorker(db: Db, owner: string): Promise<Seat> {
  return db.transaction().execute(async (transaction) => {
    const now = uptime();
    const expires = now + LEASE_MS;
    await transaction
      .insertInto('workers')
      .values({ owner, since: now, expires })
      .onConflict((conflict) => conflict.column('owner').doUpdateSet({ expires }))
      .execute();
    await transaction
      .deleteFrom('workers')
      .where(sql<boolean>`not (${isHeld('expires')})`)
      .execute();
    const all = await transaction
      .selectFrom('workers')
      .select(['owner', 'since'])
      .orderBy('since')
      .orderBy('owner')
      .execute();
    const place = all.findIndex((worker) => worker.owner === owner);
    const isNew = elapsedSince(Number(all[place]?.since), now) < JOINING_MS;
    return { place, of: all.length, joining: isNew && all.length > 1 };
  });
}

export const removeWorker = async (db: Db, owner: string): Promise<void> => {
  await db.deleteFrom('workers').where('owner', '=', owner).execute();
};
