/** Faults in a row, counted in the ledger: they outlive restarts, and add up over all workers of a home. */
import { sql, type Kysely } from 'kysely';
import type { ModelRequest } from '../../contracts/calls.ts';
import type { LedgerTables } from './tables.ts';
import { uptime } from './uptime.ts';

type Db = Kysely<LedgerTables>;

export interface FaultInARow {
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly streak: string;
  /** When its request was sent, by `uptime`. */
  readonly sent: number;
}

/** How often the key has failed since its provider last did well by it, and how often the model has, by equal faults. */
export async function countFault(db: Db, fault: FaultInARow): Promise<{ key: number; model: number }> {
  const { provider, model, key, streak, sent } = fault;
  const at = uptime();
  return db.transaction().execute(async (transaction) => {
    const own = await transaction
      .insertInto('faults')
      .values({ provider, model, key, streak, count: 1, at })
      .onConflict((conflict) =>
        conflict.columns(['provider', 'model', 'key']).doUpdateSet({ streak, at, count: sql`faults.count + 1` }),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    // What was in flight with the one before says nothing new. After a restart of the machine \`at\` may lie ahead.
    const isNew = sql<boolean>`(faults.at <= ${sent} or faults.at > ${at})`;
    const shared = await transaction
      .insertInto('faults')
      .values({ provider, model, key: '', streak, count: 1, at })
      .onConflict((conflict) =>
        conflict.columns(['provider', 'model', 'key']).doUpdateSet({
          count: sql`case when faults.streak <> ${streak} then 1 when ${isNew} then faults.count + 1 else faults.count end`,
          at: sql`case when faults.streak <> ${streak} or ${isNew} then ${at} else faults.at end`,
          streak,
        }),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    return { key: Number(own.count), model: Number(shared.count) };
  });
}

/** Whether the key has failed since its provider was let go again. */
export async function hasFault(db: Db, key: string): Promise<boolean> {
  return (await db.selectFrom('faults').select('key').where('key', '=', key).executeTakeFirst()) !== undefined;
}

/** Writes nothing where there is none: another writer may have the ledger. */
export async function forgetFaultsOfKey(db: Db, key: string): Promise<void> {
  if (await hasFault(db, key)) await db.deleteFrom('faults').where('key', '=', key).execute();
}

/** After a reply. Costs nothing while there are no faults. */
export async function forgetFaults(db: Db, { provider, model }: ModelRequest, key: string): Promise<void> {
  await db
    .deleteFrom('faults')
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('key', 'in', ['', key])
    .execute();
}

/** For whoever lets a provider go again: it has its tries anew. */
export async function forgetFaultsOf(db: Db, provider: string): Promise<void> {
  await db.deleteFrom('faults').where('provider', '=', provider).execute();
}

/** Whether this home has a reply of the same model under the same parameters. */
export async function hasSucceeded(db: Db, { provider, model, parameters }: ModelRequest): Promise<boolean> {
  const part = `"parameters":${JSON.stringify(parameters)}`;
  const row = await db
    .selectFrom('calls')
    .select('key')
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('served_model', '<>', '')
    .where(sql<boolean>`instr(request, ${part}) > 0`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Notes something for a person once for each study and subject. */
export async function note(db: Db, plan: string, subject: string, text: string): Promise<void> {
  await db
    .insertInto('notices')
    .values({ plan, subject, text })
    .onConflict((conflict) => conflict.columns(['plan', 'subject']).doNothing())
    .execute();
}

export async function listNotices(db: Db, plan: string): Promise<string[]> {
  const rows = await db.selectFrom('notices').select('text').where('plan', '=', plan).orderBy('subject').execute();
  return rows.map(({ text }) => text);
}

/** The most output tokens of one reply that a model has gone to beyond its limit; 0 if it never did. */
export async function findOverrun(
  db: Db,
  { provider, model }: Pick<ModelRequest, 'provider' | 'model'>,
): Promise<number> {
  const query = db.selectFrom('overruns').select('output_tokens').where('provider', '=', provider);
  return Number((await query.where('model', '=', model).executeTakeFirst())?.output_tokens ?? 0);
}

export async function noteOverrun(
  db: Db,
  { provider, model }: Pick<ModelRequest, 'provider' | 'model'>,
  tokens: number,
): Promise<void> {
  await db
    .insertInto('overruns')
    .values({ provider, model, output_tokens: tokens })
    .onConflict((conflict) =>
      conflict.columns(['provider', 'model']).doUpdateSet({
        output_tokens: sql`case when overruns.output_tokens < ${tokens} then ${tokens} else overruns.output_tokens end`,
      }),
    )
    .execute();
}

/** Forgets it once nothing beyond the limit is left. */
export async function lowerOverrun(
  db: Db,
  { provider, model }: Pick<ModelRequest, 'provider' | 'model'>,
  { to, limit }: { readonly to: number; readonly limit: number },
): Promise<void> {
  const isIts = sql<boolean>`provider = ${provider} and model = ${model}`;
  if (to > limit) await db.updateTable('overruns').set({ output_tokens: to }).where(isIts).execute();
  else await db.deleteFrom('overruns').where(isIts).execute();
}
