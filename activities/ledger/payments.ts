/** Sums of what each plan paid, by phase and model; added to in the transaction that ends a claim or a batch. */
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { Usage } from '../../contracts/calls.ts';
import type { Account, BookedPayments, Payment, PaymentKind } from '../../contracts/payments.ts';
import type { LedgerTables } from './tables.ts';

type Db = Kysely<LedgerTables>;
const COLUMNS = ['plan', 'phase', 'model', 'kind', 'calls', 'input_tokens', 'output_tokens', 'paid'] as const;

/** The outcome of a claimed request. Without `paid`, the sum that was reserved for it counts as paid. */
export interface Booked {
  readonly kind: PaymentKind;
  readonly usage?: Usage;
  readonly paid?: number | undefined;
}

/** Books claimed requests under plan, phase and model of their claims; claims for students have none and are skipped. */
export async function bookClaims(
  db: Transaction<LedgerTables>,
  which: RawBuilder<boolean>,
  { kind, usage, paid }: Booked,
): Promise<void> {
  await sql`
    insert into payments (${sql.join(COLUMNS.map((column) => sql.ref(column)))})
    select sends.plan, sends.phase, sends.model, ${kind}, count(*), ${usage?.inputTokens ?? 0},
      ${usage?.outputTokens ?? 0}, ${paid ?? sql`sum(sends.reserved)`}
    from sends where sends.plan is not null and sends.phase is not null and ${which}
    group by sends.plan, sends.phase, sends.model
    ${ADDED}`.execute(db);
}

/** Books the requests of a batch that has ended. */
export async function bookBatch(
  db: Transaction<LedgerTables>,
  { plan, phase, model }: Account,
  payments: readonly Payment[],
): Promise<void> {
  for (const { kind, usage, paid } of payments)
    await sql`
      insert into payments (${sql.join(COLUMNS.map((column) => sql.ref(column)))})
      values (${plan}, ${phase}, ${model}, ${kind}, 1, ${usage.inputTokens}, ${usage.outputTokens}, ${paid})
      ${ADDED}`.execute(db);
}

const ADDED = sql`
  on conflict (plan, phase, model, kind) do update set
    calls = payments.calls + excluded.calls,
    input_tokens = payments.input_tokens + excluded.input_tokens,
    output_tokens = payments.output_tokens + excluded.output_tokens,
    paid = payments.paid + excluded.paid`;

export async function listPayments(db: Db, plan: string): Promise<BookedPayments[]> {
  const rows = await db.selectFrom('payments').selectAll().where('plan', '=', plan).execute();
  return rows.map(({ phase, model, kind, calls, input_tokens, output_tokens, paid }) => ({
    ...{ phase, model, kind, calls: Number(calls), paid: Number(paid) },
    usage: { inputTokens: Number(input_tokens), outputTokens: Number(output_tokens) },
  }));
}
