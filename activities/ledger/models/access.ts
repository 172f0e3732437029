/** How the providers of a plan are asked beside their addresses: as the study file had it at the last start, no part of the plan. */
import type { Kysely } from 'kysely';
import type { Access } from '../../../contracts/asking.ts';
import type { LedgerTables } from '../tables.ts';

type Db = Kysely<LedgerTables>;

/** Replaces what was saved for the plan. It outlives the study's rows, as its batches may still be at the provider. */
export function saveAccess(db: Db, plan: string, access: Readonly<Record<string, Access>>): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('access').where('plan', '=', plan).execute();
    for (const [provider, settings] of Object.entries(access))
      await transaction
        .insertInto('access')
        .values({ plan, provider, settings: JSON.stringify(settings) })
        .execute();
  });
}

export async function findAccess(db: Db, plan: string, provider: string): Promise<Access | undefined> {
  const query = db.selectFrom('access').select('settings').where('plan', '=', plan).where('provider', '=', provider);
  const row = await query.executeTakeFirst();
  return row && (JSON.parse(row.settings) as Access);
}
