/** What both batch protocols of the lab share: handling of requests, answers to items, order of results, and pages. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { z } from 'zod';
import { PROTOCOLS } from '../../contracts/protocols.ts';
import { hashOf } from '../../domain/basics/hash.ts';
import { makeRandom } from '../world/random.ts';
import { hasEnded, outcomeOf, type LabBatch, type LabBatchItem } from './batch-store.ts';
import { pickTransportFault } from './faults.ts';
import {
  answerBody,
  countSight,
  fail as failRequest,
  readRequest,
  refuses,
  send,
  type ErrorKind,
  type Exchange,
  type Serve,
} from './protocol-app.ts';

/** Thrown by a handler to refuse a request; the protocol decides what the refusal looks like. */
export class Refusal extends Error {
  readonly kind: ErrorKind;
  constructor(kind: ErrorKind, detail: string) {
    super(detail);
    this.kind = kind;
  }
}

export interface Served {
  /** The outcome that the request log names. */
  readonly outcome: string;
  /** A JSON value, or a text to send as it is. */
  readonly body: object | string;
  /** The id of the batch that the request made. */
  readonly submitted?: string;
}

/** Makes a handler with transport faults; a fault that refuses a request does so before `serve` changes anything. */
export const serveBatch =
  (serve: (exchange: Exchange, raw: string) => Served | Promise<Served>): Serve =>
  async (exchange, raw) => {
    const { state, context } = exchange;
    // A form contains a random boundary, so its text would give each attempt another hash: leave it out.
    const content = context.req.header('content-type')?.startsWith('application/json') ? raw : '';
    const body = hashOf({ method: context.req.method, path: context.req.path, content });
    exchange.occurrence = countSight(state, body);
    const fault = pickTransportFault(state.faults, { model: '', body, occurrence: exchange.occurrence });
    if (refuses(fault)) return send(exchange, '', fault);
    let served: Served;
    try {
      served = await serve(exchange, raw);
    } catch (error) {
      if (error instanceof Refusal) return failRequest(exchange, error.kind, error.message);
      throw error;
    }
    const { outcome, submitted } = served;
    if (submitted !== undefined) {
      exchange.batch = submitted;
      const random = makeRandom(state.faults.seed, 'submitCut', body, exchange.occurrence);
      if (random.chance(state.faults.batches.submitCut)) return cutOff(exchange);
    }
    const text = typeof served.body === 'string' ? served.body : JSON.stringify(served.body);
    return send(exchange, text, fault, outcome);
  };

/** Breaks the connection after a submission was accepted, so that the client never learns of it. */
function cutOff(exchange: Exchange): Response {
  exchange.outcome = 'submitCut';
  exchange.context.env.outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}

export const makeId = (prefix: string, { requestId }: Exchange): string => requestId.replace(/^req_/, prefix);

export function findBatch({ state, protocol, context }: Exchange): LabBatch {
  const id = context.req.param('id') ?? '';
  const batch = state.batches.find(protocol.name, id);
  if (batch === undefined) throw new Refusal('unknown-object', `batch ${id}`);
  return batch;
}

export function parseJson<T>(schema: z.ZodType<T>, raw: string): T {
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    throw new Refusal('unreadable', (error as Error).message);
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Refusal('unreadable', z.prettifyError(parsed.error));
  return parsed.data;
}

/** The most that one batch may hold. */
export function limitsOf({ state, protocol }: Exchange): { readonly items: number; readonly bytes: number } {
  const { items, bytes } = PROTOCOLS[protocol.name].batchLimits;
  const { mostItems = items, mostBytes = bytes } = state.faults.batches;
  return { items: mostItems, bytes: mostBytes };
}

/** Batches that have not ended. */
export const listQueued = ({ state, protocol }: Exchange): readonly LabBatch[] =>
  state.batches.list(protocol.name).filter((batch) => !hasEnded(batch));

export interface AskedItem {
  readonly customId: string;
  readonly body: unknown;
}

/** Answers all items at submission. A random draw from the body decides when each is ready, and if it fails or expires. */
export function answerItems(exchange: Exchange, asked: readonly AskedItem[]): LabBatchItem[] {
  return asked.map(({ customId, body }, index) => answerItem(exchange, customId, { body, index }));
}

interface ItemError {
  readonly kind: ErrorKind;
  readonly detail: string;
}

function answerItem(
  exchange: Exchange,
  customId: string,
  { body, index }: { readonly body: unknown; readonly index: number },
): LabBatchItem {
  const { state, received } = exchange;
  const { seed, batches } = state.faults;
  const [least, most] = batches.delaySeconds;
  const hash = hashOf(body);
  const occurrence = countSight(state, hash);
  const requestId = `${exchange.requestId}_${index}`;
  const random = makeRandom(seed, 'batch', hash, occurrence);
  const delay = least + random.share() * (most - least);
  const fate = random.share();
  const read = readRequest(exchange, body);
  const readyAt = Math.round(received + delay * 1000);
  const known = { customId, model: read.model, body: hash, occurrence, requestId, readyAt };
  const fail = ({ kind, detail }: ItemError): LabBatchItem => {
    const { status, body: error } = exchange.protocol.writeError(kind, detail, requestId);
    return { ...known, outcome: kind, answer: { status, body: error } };
  };
  if (read.error) return fail(read.error);
  if (fate < batches.expire)
    return { ...known, readyAt: received + most * 1000, outcome: 'expired', answer: { status: 0, body: {} } };
  if (fate < batches.expire + batches.fail) return fail({ kind: 'serverError', detail: '' });
  return { ...known, outcome: 'reply', answer: { status: 200, body: answerBody(exchange, read, requestId) } };
}

/** The result lines of an ended batch, shuffled as providers may do; some are cut if faults ask for that. */
export function writeLines(
  exchange: Exchange,
  batch: LabBatch,
  write: (item: LabBatchItem, outcome: string) => object,
): string {
  const { seed, batches } = exchange.state.faults;
  const shuffled = makeRandom(seed, 'order', batch.id).sample(batch.items, batch.items.length);
  return shuffled
    .map((item) => {
      const line = JSON.stringify(write(item, outcomeOf(batch, item)));
      const random = makeRandom(seed, 'garbled', item.body, exchange.occurrence);
      return random.chance(batches.garbled) ? line.slice(0, Math.floor(line.length / 2)) : line;
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Cancels a batch; refuses if it has ended already. */
export function cancelBatch(exchange: Exchange): LabBatch {
  const batch = findBatch(exchange);
  if (hasEnded(batch)) throw new Refusal('conflict', `batch ${batch.id} has ended`);
  exchange.state.batches.cancel(batch);
  return batch;
}

export interface Page {
  readonly batches: readonly LabBatch[];
  readonly more: boolean;
}

/** A page of the list of batches, newest first, that begins after or ends before the batch that the query names. */
export function pickPage(exchange: Exchange, { after, before }: { after: string; before?: string }): Page {
  const { state, protocol, context } = exchange;
  const all = state.batches.list(protocol.name);
  const limit = Number(context.req.query('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new Refusal('unreadable', 'limit: not a page size');
  const at = (name: string | undefined): number => {
    const id = name === undefined ? undefined : context.req.query(name);
    const index = all.findIndex((batch) => batch.id === id);
    if (id !== undefined && index < 0) throw new Refusal('unreadable', `no batch ${id}`);
    return index;
  };
  const end = at(before);
  if (end >= 0) return { batches: all.slice(Math.max(0, end - limit), end), more: end > limit };
  const start = at(after) + 1;
  return { batches: all.slice(start, start + limit), more: all.length > start + limit };
}
