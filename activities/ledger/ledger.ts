/** The core of the ledger: every paid reply by request key, and the claims of requests that are being sent. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { ModelReply, ModelRequest, ReplyEnd, StoredCall, Usage } from '../../contracts/calls.ts';
import type { Account, Payment } from '../../contracts/payments.ts';
import { forgetFaults } from './faults.ts';
import { ABANDONED, endClaims, isClaim, endPaidClaim, type PaidClaim } from './reservations.ts';
import type { CallsTable, LedgerTables } from './tables.ts';
import { isHeld, timeUntil, uptime } from './uptime.ts';

interface SendTotals {
  readonly sent: number;
  readonly faults: number;
  readonly abandoned: number;
}

const READS_PER_TURN = 500;

/** Databases cut texts at NUL and refuse half of a surrogate pair: both are replaced by U+FFFD. */
const storable = (text: string): string => Buffer.from(text.replaceAll('\0', '\uFFFD')).toString();

const isInNoBatch = (key: string) =>
  sql<boolean>`not exists (select 1 from batch_items where batch_items.key = ${key})`;

export interface KeptReply {
  readonly key: string;
  readonly request: ModelRequest;
  readonly reply: StoredCall;
  /** The claim of the request, if it has one: it ends in the transaction that stores the reply. */
  readonly paidClaim?: PaidClaim | undefined;
}

function toRow(key: string, request: ModelRequest, reply: StoredCall): Selectable<CallsTable> {
  const failed = reply.end === 'failed';
  return {
    key,
    provider: request.provider,
    model: request.model,
    request: JSON.stringify(request),
    end: reply.end,
    text: failed ? '' : storable(reply.text),
    reason: reply.reason ?? null,
    served_model: failed ? '' : reply.servedModel,
    input_tokens: failed ? 0 : reply.usage.inputTokens,
    output_tokens: failed ? 0 : reply.usage.outputTokens,
    at: new Date().toISOString(),
    ...(failed ? NO_DETAILS : detailsIn(reply)),
  };
}

const NO_DETAILS = {
  ...{ cached_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0, usage_estimated: 0 },
  ...{ finish_reason: null, response_id: null, request_id: null, fingerprint: null },
};

const orNull = (text: string | undefined): string | null => (text === undefined ? null : storable(text));

const detailsIn = ({ usage, details = {} }: ModelReply) => ({
  cached_tokens: usage.cachedTokens ?? 0,
  cache_write_tokens: usage.cacheWriteTokens ?? 0,
  reasoning_tokens: usage.reasoningTokens ?? 0,
  usage_estimated: usage.estimated ? 1 : 0,
  finish_reason: orNull(details.finishReason),
  response_id: orNull(details.responseId),
  request_id: orNull(details.requestId),
  fingerprint: orNull(details.fingerprint),
});

/** What is 0 or empty is left out: most replies have nothing of it. */
function usageIn(row: Selectable<CallsTable>): Usage {
  const [cachedTokens, cacheWriteTokens] = [Number(row.cached_tokens), Number(row.cache_write_tokens)];
  const reasoningTokens = Number(row.reasoning_tokens);
  return {
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    ...(cachedTokens > 0 ? { cachedTokens } : {}),
    ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
    ...(reasoningTokens > 0 ? { reasoningTokens } : {}),
    ...(Number(row.usage_estimated) > 0 ? { estimated: true } : {}),
  };
}

function replyIn(row: Selectable<CallsTable>): StoredCall {
  if (row.end === 'failed') return { end: 'failed', reason: row.reason ?? 'no reason was recorded' };
  return {
    end: row.end as ReplyEnd,
    text: row.text,
    servedModel: row.served_model,
    usage: usageIn(row),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

/** With what a provider can be asked by. */
function withDetails(row: Selectable<CallsTable>): StoredCall {
  const reply = replyIn(row);
  if (reply.end === 'failed') return reply;
  const given = {
    finishReason: row.finish_reason,
    responseId: row.response_id,
    requestId: row.request_id,
    fingerprint: row.fingerprint,
  };
  const details = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  return Object.keys(details).length > 0 ? { ...reply, details } : reply;
}

export class Ledger {
  readonly #db: Kysely<LedgerTables>;
  #finds = 0;
  /** Replies that this process has received but not yet stored, for example while the disk is full; by request key. */
  readonly pendingReplies = new Map<string, Promise<StoredCall>>();

  constructor(db: Kysely<LedgerTables>) {
    this.#db = db;
  }

  get tables(): Kysely<LedgerTables> {
    return this.#db;
  }

  /** Looks a reply up. SQLite reads block the event loop, so after many of them this yields, to let heartbeats through. */
  async find(key: string): Promise<StoredCall | undefined> {
    this.#finds += 1;
    if (this.#finds % READS_PER_TURN === 0) await nextTurn();
    const row = await this.#db.selectFrom('calls').selectAll().where('key', '=', key).executeTakeFirst();
    return row && replyIn(row);
  }

  /** A call with its request, as it was kept, for whoever wants to see it. */
  async findRequest(key: string): Promise<{ request: ModelRequest; reply: StoredCall; at: string } | undefined> {
    const row = await this.#db.selectFrom('calls').selectAll().where('key', '=', key).executeTakeFirst();
    if (!row) return undefined;
    return { request: JSON.parse(row.request) as ModelRequest, reply: withDetails(row), at: row.at };
  }

  /** The first request keys that begin so; digits of a key hold no wildcard. */
  async listKeys(prefix: string, most: number): Promise<string[]> {
    const query = this.#db.selectFrom('calls').select('key').where('key', '>=', prefix).where('key', '<', `${prefix}g`);
    return (await query.orderBy('key').limit(most).execute()).map(({ key }) => key);
  }

  /**
   * Claims `key`: its owner alone may send the request for so many milliseconds. False while another owner has a claim, or
   * a batch contains the key. Costs are booked under `account`; requests to students have none, as nobody is paid for them.
   */
  async claim(key: string, owner: string, milliseconds: number, account?: Account): Promise<boolean> {
    if (await this.#take(key, owner, milliseconds, account)) return true;
    // Cheap check before ending an expired claim, so that callers that only wait for another sender do not write.
    const expired = sql<boolean>`sends.key = ${key} and sends.owner is not null and not (${isHeld('sends.expires')})`;
    if (!(await this.#db.selectFrom('sends').select('key').where(expired).executeTakeFirst())) return false;
    await this.#db.transaction().execute((transaction) => endClaims(transaction, expired, ABANDONED));
    return this.#take(key, owner, milliseconds, account);
  }

  async #take(key: string, owner: string, milliseconds: number, account?: Account): Promise<boolean> {
    const expires = uptime() + milliseconds;
    const { plan = null, phase = null, model = null } = account ?? {};
    const result = await this.#db
      .insertInto('sends')
      .columns(['key', 'owner', 'expires', 'sent', 'faults', 'abandoned', 'plan', 'phase', 'model'])
      .expression(
        this.#db
          .selectNoFrom([
            sql.val(key).as('key'),
            sql.val(owner).as('owner'),
            sql.val(expires).as('expires'),
            sql.val(1).as('sent'),
            sql.val(0).as('faults'),
            sql.val(0).as('abandoned'),
            sql.val(plan).as('plan'),
            sql.val(phase).as('phase'),
            sql.val(model).as('model'),
          ])
          .where(isInNoBatch(key)),
      )
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ owner, expires, plan, phase, model, sent: sql<number>`sends.sent + 1` })
          .where('sends.owner', 'is', null),
      )
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /**
   * Extends a claim to so many milliseconds from now, unless it lasts for `enough` yet: to write is to wait for the disk.
   * False when it had expired and another owner took it.
   */
  async renew(key: string, owner: string, milliseconds: number, enough = milliseconds): Promise<boolean> {
    const own = this.#db.selectFrom('sends').select('expires').where(isClaim({ key, owner })).where(isInNoBatch(key));
    const row = await own.executeTakeFirst();
    if (row && timeUntil(Number(row.expires)) >= enough) return true;
    const { numUpdatedRows } = await this.#db
      .updateTable('sends')
      .set({ expires: uptime() + milliseconds })
      .where(isClaim({ key, owner }))
      .where(isInNoBatch(key))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /**
   * Ends a claim after a request that brought no reply. `abandoned`: the provider may have answered it, so the reserved
   * sum counts as paid; or `payment`, where the answer says what it has cost.
   */
  async release(
    key: string,
    owner: string,
    { abandoned, payment }: { abandoned: boolean; payment?: Payment | undefined },
  ): Promise<void> {
    const unknown = payment ? { ...ABANDONED, booked: payment } : ABANDONED;
    const ending = abandoned ? unknown : ({ booked: { kind: 'error', paid: 0 } } as const);
    await this.#db
      .transaction()
      .execute((transaction) => endClaims(transaction, isClaim({ key, owner }), { ...ending, faults: 1 }));
  }

  /** Ends a claim under which nothing was sent. */
  async unclaim(key: string, owner: string): Promise<void> {
    const ending = { sent: -1, booked: 'unsent' } as const;
    await this.#db.transaction().execute((transaction) => endClaims(transaction, isClaim({ key, owner }), ending));
  }

  /** Stores a reply for good and returns the stored one: if the key has a reply already, that one stays. */
  async keep(key: string, request: ModelRequest, reply: StoredCall, paidClaim?: PaidClaim): Promise<StoredCall> {
    const row = toRow(key, request, reply);
    const isFirst = await this.#db
      .transaction()
      .execute((transaction) => this.#store(transaction, row, { key, request, reply, paidClaim }));
    return isFirst ? replyIn(row) : ((await this.find(key)) ?? reply);
  }

  /** Stores many replies in one transaction; replies that are stored already stay. */
  async keepAll(replies: readonly KeptReply[]): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      for (const kept of replies) await this.#store(transaction, toRow(kept.key, kept.request, kept.reply), kept);
    });
  }

  /** Whether the reply is the first of its key. */
  async #store(
    db: Transaction<LedgerTables>,
    row: Selectable<CallsTable>,
    { key, request, reply, paidClaim }: KeptReply,
  ): Promise<boolean> {
    if (paidClaim) await endPaidClaim(db, paidClaim);
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto('calls')
      .values(row)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirst();
    if (reply.end !== 'failed' && reply.servedModel !== '') await forgetFaults(db, request, key);
    // Another caller may be sending the same request: its claim ends too, as its reply is not needed any more.
    const others = db.selectFrom('sends').select('key').where('key', '=', key).where('owner', 'is not', null);
    if (await others.executeTakeFirst())
      await endClaims(db, sql<boolean>`sends.key = ${key}`, { booked: { kind: 'abandoned' } });
    return numInsertedOrUpdatedRows > 0n;
  }

  /** Ends every claim and lease: only for the owner of the home, before it starts workers. Returns how many claims. */
  async releaseAll(): Promise<number> {
    await this.#db.updateTable('batches').set({ owner: null }).where('owner', 'is not', null).execute();
    return this.#db
      .transaction()
      .execute((transaction) => endClaims(transaction, sql<boolean>`sends.owner is not null`, ABANDONED));
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
