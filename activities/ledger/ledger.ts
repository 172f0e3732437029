/** The ledger: every paid reply by request key, who is sending now, what was trained and what is served. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import type { ModelRequest, ReplyEnd, StoredCall } from '../../contracts/calls.ts';
import type { CallsTable, LedgerTables } from './schema.ts';

export interface ModelTotals {
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface SendTotals {
  readonly sent: number;
  readonly faults: number;
  readonly abandoned: number;
}

const READS_PER_TURN = 500;

/** Databases end a text at NUL and hold no half character: both become the mark for what cannot be read. */
const storable = (text: string): string => Buffer.from(text.replaceAll('\0', '\uFFFD')).toString();

export interface KeptReply {
  readonly key: string;
  readonly request: ModelRequest;
  readonly reply: StoredCall;
}

function toRow(key: string, request: ModelRequest, reply: StoredCall): CallsTable {
  const failed = reply.end === 'failed';
  return {
    key,
    provider: request.provider,
    model: request.model,
    request: JSON.stringify(request),
    end: reply.end,
    text: failed ? '' : storable(reply.text),
    reason: failed ? reply.reason : null,
    served_model: failed ? '' : reply.servedModel,
    input_tokens: failed ? 0 : reply.usage.inputTokens,
    output_tokens: failed ? 0 : reply.usage.outputTokens,
    at: new Date().toISOString(),
  };
}

export class Ledger {
  readonly #db: Kysely<LedgerTables>;
  #finds = 0;

  constructor(db: Kysely<LedgerTables>) {
    this.#db = db;
  }

  get tables(): Kysely<LedgerTables> {
    return this.#db;
  }

  /** Reads come back without a turn of the event loop: thousands in a row let heartbeats through now and then. */
  async find(key: string): Promise<StoredCall | undefined> {
    this.#finds += 1;
    if (this.#finds % READS_PER_TURN === 0) await nextTurn();
    const row = await this.#db.selectFrom('calls').selectAll().where('key', '=', key).executeTakeFirst();
    if (!row) return undefined;
    if (row.end === 'failed') return { end: 'failed', reason: row.reason ?? 'no reason was recorded' };
    return {
      end: row.end as ReplyEnd,
      text: row.text,
      servedModel: row.served_model,
      usage: { inputTokens: Number(row.input_tokens), outputTokens: Number(row.output_tokens) },
    };
  }

  /** Becomes the one sender of `key` until `milliseconds` from now. False while another one is, or a batch. */
  async claim(key: string, owner: string, milliseconds: number): Promise<boolean> {
    const now = Date.now();
    const result = await this.#db
      .insertInto('sends')
      .columns(['key', 'owner', 'expires', 'sent', 'faults', 'abandoned'])
      .expression(
        this.#db
          .selectNoFrom([
            sql.val(key).as('key'),
            sql.val(owner).as('owner'),
            sql.val(now + milliseconds).as('expires'),
            sql.val(1).as('sent'),
            sql.val(0).as('faults'),
            sql.val(0).as('abandoned'),
          ])
          .where(sql<boolean>`not exists (select 1 from batch_items where batch_items.key = ${key})`),
      )
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({
            owner,
            expires: now + milliseconds,
            sent: sql<number>`sends.sent + 1`,
            // An expired claim that nobody gave back was a request whose fate is unknown.
            abandoned: sql<number>`sends.abandoned + (sends.owner is not null)`,
          })
          .where((where) => where.or([where('sends.owner', 'is', null), where('sends.expires', '<', now)])),
      )
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** Gives the claim back after a request that brought no reply. `abandoned`: the provider may have answered it. */
  async release(key: string, owner: string, { abandoned }: { abandoned: boolean }): Promise<void> {
    await this.#db
      .updateTable('sends')
      .set({ owner: null, faults: sql`faults + 1`, abandoned: sql`abandoned + ${abandoned ? 1 : 0}` })
      .where('key', '=', key)
      .where('owner', '=', owner)
      .execute();
  }

  /** Takes back a claim under which nothing was sent. */
  async unclaim(key: string, owner: string): Promise<void> {
    await this.#db
      .updateTable('sends')
      .set({ owner: null, sent: sql`sent - 1` })
      .where('key', '=', key)
      .where('owner', '=', owner)
      .execute();
  }

  /** Keeps a reply for good. The first writer wins; the stored row is returned, whoever wrote it. */
  async keep(key: string, request: ModelRequest, reply: StoredCall): Promise<StoredCall> {
    await this.keepAll([{ key, request, reply }]);
    return (await this.find(key)) ?? reply;
  }

  /** Keeps many replies in one transaction; as with one, what is stored already stays. */
  async keepAll(replies: readonly KeptReply[]): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      for (const { key, request, reply } of replies) {
        await transaction
          .insertInto('calls')
          .values(toRow(key, request, reply))
          .onConflict((conflict) => conflict.column('key').doNothing())
          .execute();
        await transaction.updateTable('sends').set({ owner: null }).where('key', '=', key).execute();
      }
    });
  }

  /** Frees every claim: only for the owner of the home, before it starts workers. Returns how many there were. */
  async releaseAll(): Promise<number> {
    await this.#db.updateTable('batches').set({ owner: null }).where('owner', 'is not', null).execute();
    const result = await this.#db
      .updateTable('sends')
      .set({ owner: null, abandoned: sql`abandoned + 1` })
      .where('owner', 'is not', null)
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  async totalsByModel(): Promise<ModelTotals[]> {
    const rows = await this.#db
      .selectFrom('calls')
      .select((select) => [
        'provider',
        'model',
        select.fn.countAll<number>().as('calls'),
        select.fn.sum<number>('input_tokens').as('inputTokens'),
        select.fn.sum<number>('output_tokens').as('outputTokens'),
      ])
      .groupBy(['provider', 'model'])
      .orderBy('provider')
      .orderBy('model')
      .execute();
    return rows.map((row) => ({
      ...row,
      calls: Number(row.calls),
      inputTokens: Number(row.inputTokens),
      outputTokens: Number(row.outputTokens),
    }));
  }

  async sendTotals(): Promise<SendTotals> {
    const row = await this.#db
      .selectFrom('sends')
      .select((select) => [
        select.fn.sum<number | null>('sent').as('sent'),
        select.fn.sum<number | null>('faults').as('faults'),
        select.fn.sum<number | null>('abandoned').as('abandoned'),
      ])
      .executeTakeFirst();
    return { sent: Number(row?.sent ?? 0), faults: Number(row?.faults ?? 0), abandoned: Number(row?.abandoned ?? 0) };
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }
}
