/** What both batch protocols of the lab share: their routes, the answers to their items, the order of their results. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { z } from 'zod';
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

/** The request cannot be served. */
export class Refusal extends Error {
  readonly kind: ErrorKind;
  constructor(kind: ErrorKind, detail: string) {
    super(detail);
    this.kind = kind;
  }
}

export interface Served {
  /** For the request log. */
  readonly outcome: string;
  /** A text is sent as it is. */
  readonly body: object | string;
  /** The batch that was made. */
  readonly submitted?: string;
}

/** Faults of transport hit batch requests too; those that refuse do so before anything is done. */
export const serveBatch =
  (serve: (exchange: Exchange, raw: string) => Served | Promise<Served>): Serve =>
  async (exchange, raw) => {
    const { state, context } = exchange;
    // A form names a boundary of its own each time.
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

/** The submission is accepted, and whoever made it never hears of it. */
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

export interface AskedItem {
  readonly customId: string;
  readonly body: unknown;
}

/** Answers all items at once; when each becomes ready, and which fail or expire, is drawn by its body. */
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

/** The lines of an ended batch in an order of its own; some may be damaged on their way. */
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

/** Asks for an end; one that has come cannot be asked for. */
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

/** So many batches after one, or before it, newest first. */
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
