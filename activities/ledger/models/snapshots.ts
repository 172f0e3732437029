/** Which snapshot has answered for the name of a model: the first one of a study is its snapshot from then on. */
import type { Kysely } from 'kysely';
import type { ModelRequest } from '../../../contracts/calls.ts';
import type { LedgerTables } from '../tables.ts';

type Named = Pick<ModelRequest, 'provider' | 'model'>;

async function findSnapshot(
  db: Kysely<LedgerTables>,
  plan: string,
  { provider, model }: Named,
): Promise<string | undefined> {
  const query = db.selectFrom('snapshots').select('snapshot').where('plan', '=', plan);
  return (await query.where('provider', '=', provider).where('model', '=', model).executeTakeFirst())?.snapshot;
}

/**
 * The snapshot of a plan's model: `served`, unless another one came first. While the ledger cannot be written, nothing is noted:
 * the reply is paid for and must be kept, and a later one notes its snapshot.
 */
export async function pinSnapshot(
  db: Kysely<LedgerTables>,
  plan: string,
  named: Named,
  served: string,
): Promise<string> {
  try {
    const known = await findSnapshot(db, plan, named);
    if (known !== undefined) return known;
    const { provider, model } = named;
    await db
      .insertInto('snapshots')
      .values({ plan, provider, model, snapshot: served })
      .onConflict((conflict) => conflict.columns(['plan', 'provider', 'model']).doNothing())
      .execute();
    return (await findSnapshot(db, plan, named)) ?? served;
  } catch {
    return served;
  }
}

/** What has answered for a model, as its replies name it. */
export interface Served {
  readonly model: string;
  readonly servedModel: string;
  /** Of the software and the weights behind it, where a provider names one. */
  readonly fingerprint: string | null;
  readonly calls: number;
}

/** Over all replies of the home, which may serve several studies. */
export async function listServed(db: Kysely<LedgerTables>, models: readonly Named[]): Promise<Served[]> {
  const served: Served[] = [];
  for (const { provider, model } of models) {
    const rows = await db
      .selectFrom('calls')
      .select((select) => ['served_model', 'fingerprint', select.fn.countAll().as('calls')])
      .where('provider', '=', provider)
      .where('model', '=', model)
      .where('served_model', '<>', '')
      .groupBy(['served_model', 'fingerprint'])
      .orderBy('served_model')
      .orderBy('fingerprint')
      .execute();
    for (const { served_model: servedModel, fingerprint, calls } of rows)
      served.push({ model: `${provider}/${model}`, servedModel, fingerprint, calls: Number(calls) });
  }
  return served;
}
