import { sql, type Kysely } from 'kysely';
import { endBatchLease } from './batch-leases.ts';
import { removeWorker } from './live-workers.ts';
import { endClaims, ABANDONED } from './reservations.ts';
import type { LedgerTables } from './tables.ts';

/** Frees claims, leases and shares of local workers that have died; their requests may have been answered, so they count as paid. */
export async function releaseDead(db: Kysely<LedgerTables>, isDead: (pid: number) => boolean): Promise<void> {
  const holders = await db.selectFrom('sends').select('owner').distinct().where('owner', 'is not', null).execute();
  for (const { owner } of holders) {
    if (owner === null || !isDead(Number.parseInt(owner, 10))) continue;
    await db
      .transaction()
      .execute((transaction) => endClaims(transaction, sql<boolean>`sends.owner = ${owner}`, ABANDONED));
  }
  const leases = await db.selectFrom('batches').select(['id', 'owner']).where('owner', 'is not', null).execute();
  for (const { id, owner } of leases)
    if (owner !== null && isDead(Number.parseInt(owner, 10))) await endBatchLease(db, id, owner);
  for (const { owner } of await db.selectFrom('workers').select('owner').execute())
    if (isDead(Number.parseInt(owner, 10))) await removeWorker(db, owner);
}
