/** What may be sent to a model in a minute, shared by all workers of a home: a bucket of requests and one of tokens. */
import type { Kysely, Transaction } from 'kysely';
import type { Usage } from '../../contracts/calls.ts';
import { capacityOf, fill, waitFor, type Bucket } from '../../domain/run/fill-bucket.ts';
import type { LedgerTables } from './tables.ts';
import { uptime } from './uptime.ts';

export interface PerMinute {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly inputTokensPerMinute?: number | undefined;
  readonly outputTokensPerMinute?: number | undefined;
}

type Tokens = Pick<Usage, 'inputTokens' | 'outputTokens'>;

interface Share {
  /** Of the bucket. */
  readonly name: string;
  readonly amount: number;
  readonly perMinute: number;
}

/** What these tokens are of each bucket that the model has. */
function tokenShares(model: string, pace: PerMinute, { inputTokens, outputTokens }: Tokens): Share[] {
  const all = [
    { name: `tokens ${model}`, amount: inputTokens + outputTokens, perMinute: pace.tokensPerMinute },
    { name: `input tokens ${model}`, amount: inputTokens, perMinute: pace.inputTokensPerMinute },
    { name: `output tokens ${model}`, amount: outputTokens, perMinute: pace.outputTokensPerMinute },
  ];
  return all.flatMap(({ perMinute, ...share }) => (perMinute === undefined ? [] : [{ ...share, perMinute }]));
}

/** Takes one request and its tokens, or nothing: returns 0, or the milliseconds until there is enough of everything. */
export function takePace(db: Kysely<LedgerTables>, model: string, pace: PerMinute, tokens: Tokens): Promise<number> {
  const { requestsPerMinute: perMinute } = pace;
  const wanted = tokenShares(model, pace, tokens);
  if (perMinute !== undefined) wanted.push({ name: `requests ${model}`, amount: 1, perMinute });
  return db.transaction().execute(async (transaction) => {
    const now = uptime();
    const levels: { name: string; level: number; amount: number }[] = [];
    let wait = 0;
    for (const { name, amount, perMinute } of wanted) {
      const level = fill(await open(transaction, name, perMinute, now), perMinute, now);
      wait = Math.max(wait, waitFor(level, amount, perMinute));
      levels.push({ name, level, amount });
    }
    if (wait > 0) return wait;
    for (const { name, level, amount } of levels)
      await transaction
        .updateTable('buckets')
        .set({ level: level - amount, at: now })
        .where('model', '=', name)
        .execute();
    return 0;
  });
}

/** The transaction begins with a write: it then waits for other writers, and sees what they have taken. */
async function open(db: Transaction<LedgerTables>, name: string, perMinute: number, now: number): Promise<Bucket> {
  const row = await db
    .insertInto('buckets')
    .values({ model: name, level: capacityOf(perMinute), at: now })
    .onConflict((conflict) => conflict.column('model').doUpdateSet({ model: name }))
    .returning(['level', 'at'])
    .executeTakeFirstOrThrow();
  return { level: Number(row.level), at: Number(row.at) };
}

/** Gives back the tokens that a request took, and its reply did not. */
export async function returnTokens(
  db: Kysely<LedgerTables>,
  model: string,
  pace: PerMinute,
  tokens: Tokens,
): Promise<void> {
  for (const { name, amount } of tokenShares(model, pace, tokens))
    await db
      .updateTable('buckets')
      .set((columns) => ({ level: columns('level', '+', amount) }))
      .where('model', '=', name)
      .execute();
}
