/** Decisions of a person about a plan: which cells to skip, and which failures to set aside so that they are tried again. */
import type { Kysely } from 'kysely';
import { tunedPath } from '../../../contracts/ids.ts';
import type { TunedStudent } from '../../../contracts/plan.ts';
import type { Amendment } from '../../../contracts/results.ts';
import type { LedgerTables } from '../tables.ts';

type Db = Kysely<LedgerTables>;

/** Skips a cell; results will name the reason. Skipping it again changes the reason. */
export async function skipCell(db: Db, plan: string, cell: string, reason: string): Promise<void> {
  await db
    .insertInto('amendments')
    .values({ plan, kind: 'skip', cell, reason })
    .onConflict((conflict) => conflict.columns(['plan', 'kind', 'cell']).doUpdateSet({ reason }))
    .execute();
}

/** Undoes a skip. False when the cell was not skipped. */
export async function takeBackSkip(db: Db, plan: string, cell: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('amendments')
    .where('plan', '=', plan)
    .where('kind', '=', 'skip')
    .where('cell', '=', cell)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Skipped cells, sorted by cell and without times, because `results.json` contains them. */
export async function listAmendments(db: Db, plan: string): Promise<Amendment[]> {
  const rows = await db
    .selectFrom('amendments')
    .select(['cell', 'reason'])
    .where('plan', '=', plan)
    .where('kind', '=', 'skip')
    .execute();
  // Sorted here, because a database may sort by its locale.
  return rows
    .sort((a, b) => (a.cell < b.cell ? -1 : 1))
    .map(({ cell, reason }) => ({ kind: 'skip', cell, why: reason }));
}

export const isSkipped = async (db: Db, plan: string, cell: string): Promise<boolean> =>
  (await db
    .selectFrom('amendments')
    .select('cell')
    .where('plan', '=', plan)
    .where('kind', '=', 'skip')
    .where('cell', '=', cell)
    .executeTakeFirst()) !== undefined;

/** Whether any of the cells is not skipped. */
export async function isAnyAsked(db: Db, plan: string, cells: readonly string[]): Promise<boolean> {
  const skipped = new Set((await listAmendments(db, plan)).map(({ cell }) => cell));
  return cells.some((cell) => !skipped.has(cell));
}

/** Removes failed calls from the ledger, so that they are asked again; valid replies stay. Returns how many there were. */
export async function setAsideCalls(db: Db, plan: string, keys: Iterable<string>): Promise<number> {
  const at = new Date().toISOString();
  return db.transaction().execute(async (transaction) => {
    let count = 0;
    for (const key of keys) {
      const row = await transaction
        .deleteFrom('calls')
        .where('key', '=', key)
        .where('end', '=', 'failed')
        .returning('reason')
        .executeTakeFirst();
      if (!row) continue;
      const kept = { plan, kind: 'call', subject: key, reason: row.reason ?? '', at };
      await transaction.insertInto('set_aside').values(kept).execute();
      count += 1;
    }
    return count;
  });
}

/** Removes failed arms of a plan, all or only one, so that they are tried again. Returns how many there were. */
export async function setAsideArms(db: Db, plan: string, only?: TunedStudent): Promise<number> {
  const at = new Date().toISOString();
  return db.transaction().execute(async (transaction) => {
    let query = transaction.deleteFrom('failed_arms').where('plan', '=', plan);
    for (const column of ['student', 'arm', 'replicate', 'partition'] as const)
      if (only) query = query.where(column, '=', only[column]);
    const rows = await query.returningAll().execute();
    for (const { reason, student, arm, ...row } of rows) {
      const tuned = { student, arm, replicate: Number(row.replicate), partition: Number(row.partition) };
      const kept = { plan, kind: 'arm', subject: tunedPath(tuned), reason, at };
      await transaction.insertInto('set_aside').values(kept).execute();
    }
    return rows.length;
  });
}

/** How many failed calls and arms of a plan were ever set aside to be tried again. */
export async function countSetAside(db: Db, plan: string): Promise<{ calls: number; arms: number }> {
  const rows = await db.selectFrom('set_aside').select('kind').where('plan', '=', plan).execute();
  const count = (kind: string): number => rows.filter((row) => row.kind === kind).length;
  return { calls: count('call'), arms: count('arm') };
}

/** How many calls and arms of the home were ever set aside: changes whenever a corpus or an arm may become another one. */
export async function countAllSetAside(db: Db): Promise<number> {
  const row = await db
    .selectFrom('set_aside')
    .select((select) => select.fn.countAll().as('count'))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}
