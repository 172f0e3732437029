/** What is tried again and again: one row for each activity whose last attempts failed. */
import type { Kysely } from 'kysely';
import type { LedgerTables } from './tables.ts';

type Db = Kysely<LedgerTables>;

export interface ActivityPlace {
  readonly workflow: string;
  readonly activity: string;
}

export interface Retry extends ActivityPlace {
  readonly study: string;
  /** Of the activity, as `askTexts`. */
  readonly type: string;
  readonly attempt: number;
  readonly fault: string;
  /** An error of the program that is not tried again before a person has started the study anew. */
  readonly held: boolean;
}

/** The first note of an activity says since when it fails. */
export async function noteRetry(db: Db, { held, ...retry }: Retry): Promise<void> {
  const { attempt, fault } = retry;
  await db
    .insertInto('retries')
    .values({ ...retry, held: Number(held), since: new Date().toISOString() })
    .onConflict((conflict) =>
      conflict.columns(['workflow', 'activity']).doUpdateSet({ attempt, fault, held: Number(held) }),
    )
    .execute();
}

export async function isHeldRetry(db: Db, { workflow, activity }: ActivityPlace): Promise<boolean> {
  const query = db.selectFrom('retries').select('held').where('workflow', '=', workflow);
  return Number((await query.where('activity', '=', activity).executeTakeFirst())?.held ?? 0) > 0;
}

export async function forgetRetry(db: Db, { workflow, activity }: ActivityPlace): Promise<void> {
  await db.deleteFrom('retries').where('workflow', '=', workflow).where('activity', '=', activity).execute();
}

/** When a study is started or has ended: what is still tried again is noted anew. */
export async function forgetRetriesOf(db: Db, study: string): Promise<void> {
  await db.deleteFrom('retries').where('study', '=', study).execute();
}

/** Equal faults of equal activities, together. */
export interface Stuck {
  readonly type: string;
  readonly fault: string;
  readonly activities: number;
  /** The most of them all. */
  readonly attempt: number;
  /** When the first of them failed for the second time, in ISO 8601. */
  readonly since: string;
  readonly held: boolean;
}

/** What has failed so often that it may not pass by itself, the longest first; `held`: what waits for a person, or the rest. */
export async function listStuck(db: Db, study: string, { held: isHeld = false } = {}): Promise<Stuck[]> {
  const rows = await db
    .selectFrom('retries')
    .select((select) => [
      'type',
      'fault',
      'held',
      select.fn.countAll().as('activities'),
      select.fn.max('attempt').as('attempt'),
      select.fn.min('since').as('since'),
    ])
    .where('study', '=', study)
    .where('attempt', '>=', TOLD_FROM)
    .where('held', '=', Number(isHeld))
    .groupBy(['type', 'fault', 'held'])
    .orderBy('since')
    .orderBy('type')
    .orderBy('fault')
    .limit(MOST_TOLD)
    .execute();
  return rows.map(({ held, activities, attempt, ...row }) => ({
    ...row,
    activities: Number(activities),
    attempt: Number(attempt),
    held: Number(held) > 0,
  }));
}

const TOLD_FROM = 3;
const MOST_TOLD = 20;
