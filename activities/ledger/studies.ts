/** The studies of a home: the plan of each, its state, and its limits, rates and cluster settings ("runtime"). */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { UserError } from '../../contracts/failures.ts';
import type { Runtime } from '../../contracts/plan.ts';
import type { LedgerTables } from './tables.ts';

export interface KnownStudy {
  readonly name: string;
  /** Hash of its plan. */
  readonly plan: string;
  readonly runtime: Runtime;
  /** The `runtime` that the study file named at the last start; a later change of the file replaces a person's command. */
  readonly filed?: Runtime | undefined;
  /** `cancelled`: stopped by a person; its start command continues it. */
  readonly state: 'running' | 'finished' | 'cancelled';
}

/** The studies that the home's workers work for. */
export const isAtWork = ({ state }: KnownStudy): boolean => state === 'running';

export async function listStudies(db: Kysely<LedgerTables>): Promise<KnownStudy[]> {
  const rows = await db.selectFrom('studies').selectAll().orderBy('name').execute();
  return rows.map(({ runtime, filed, state, ...row }) => ({
    ...row,
    runtime: JSON.parse(runtime) as Runtime,
    filed: filed === null ? undefined : (JSON.parse(filed) as Runtime),
    state: state === 'finished' || state === 'cancelled' ? state : 'running',
  }));
}

export const findStudy = async (db: Kysely<LedgerTables>, name: string): Promise<KnownStudy | undefined> =>
  (await listStudies(db)).find((study) => study.name === name);

export async function saveStudy(db: Kysely<LedgerTables>, study: KnownStudy): Promise<void> {
  const { name, plan, runtime, filed, state } = study;
  const row = { plan, runtime: JSON.stringify(runtime), filed: filed ? JSON.stringify(filed) : null, state };
  await db
    .insertInto('studies')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

/** Marks a study as finished, unless it has another plan by now. */
export async function finishStudy(db: Kysely<LedgerTables>, { name, plan }: KnownStudy): Promise<void> {
  await db
    .updateTable('studies')
    .set({ state: 'finished' })
    .where('name', '=', name)
    .where('plan', '=', plan)
    .execute();
}

export async function isFinished(db: Kysely<LedgerTables>, plan: string): Promise<boolean> {
  const query = db.selectFrom('studies').select('name').where('plan', '=', plan).where('state', '=', 'finished');
  return (await query.executeTakeFirst()) !== undefined;
}

/** Marks a finished study as running, because some of its calls are to be asked again. */
export const reopenStudy = async (db: Kysely<LedgerTables>, plan: string): Promise<void> => {
  await db
    .updateTable('studies')
    .set({ state: 'running' })
    .where('plan', '=', plan)
    .where('state', '=', 'finished')
    .execute();
};

/** Marks a study as cancelled: no worker continues it until its start command is given. */
export const cancelStudy = async (db: Kysely<LedgerTables>, plan: string): Promise<void> => {
  await db.updateTable('studies').set({ state: 'cancelled' }).where('plan', '=', plan).execute();
};

/** Changes a study's `runtime` in one transaction and returns the new one. Throws when the study has another plan now. */
export function changeRuntime(
  db: Kysely<LedgerTables>,
  { name, plan }: KnownStudy,
  change: (now: Runtime) => Runtime,
): Promise<Runtime> {
  return db.transaction().execute(async (transaction) => {
    const row = transaction.updateTable('studies').where('name', '=', name).where('plan', '=', plan);
    // The transaction must begin with a write: it then waits for other writers and sees what they have written.
    const now = await row.set({ name }).returning('runtime').executeTakeFirst();
    if (!now) throw new UserError(`Study ${name} has another plan now.`, `See \`./etude status ${name}\`.`);
    const runtime = change(JSON.parse(now.runtime) as Runtime);
    await row.set({ runtime: JSON.stringify(runtime) }).execute();
    return runtime;
  });
}

/** How many calls the study's shards have recorded as done. */
export async function countRecordedCalls(db: Kysely<LedgerTables>, study: string): Promise<number> {
  const recorded = await db
    .selectFrom('shards')
    .select((select) => select.fn.sum<number | null>('calls').as('calls'))
    .where('study', '=', study)
    .executeTakeFirst();
  return Number(recorded?.calls ?? 0);
}

/** Deletes a study's outputs and its rows under its present plan; every reply stays in the ledger. */
export async function forgetStudy(db: Kysely<LedgerTables>, { name }: KnownStudy, runs: string): Promise<void> {
  await rm(join(runs, name), { recursive: true, force: true });
  await db.deleteFrom('shards').where('study', '=', name).execute();
  await db.deleteFrom('studies').where('name', '=', name).execute();
}
