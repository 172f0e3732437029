/**
 * Handles requests to a lab server in the same steps for every protocol: key, body, model, faults, reply, log. A
 * `Protocol` reads and writes the format of its provider.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context } from 'hono';
import { hashOf } from '../../domain/basics/hash.ts';
import { countTokens, type ChatReply, type ChatRequest } from '../world/chat.ts';
import type { BatchStore } from './batch-store.ts';
import { pickTransportFault, type Faults, type TransportFault } from './faults.ts';
import { answerRequest, findModel, LAB_MODELS, type LabModel, type ProtocolName } from './lab-models.ts';
import { countRequest, type Quota, type QuotaWindow } from './quota-window.ts';
import type { RequestLog } from './request-log.ts';

export interface WireError {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ErrorKind =
  | 'unauthorized'
  | 'unreadable'
  | 'unknown-path'
  | 'unknown-model'
  | 'unknown-object'
  | 'conflict'
  | 'too-large'
  | Extract<TransportFault, 'rateLimit' | 'quota' | 'serverError' | 'overloaded'>;

export interface Answer {
  readonly id: string;
  readonly request: ChatRequest;
  readonly reply: ChatReply;
  readonly usage: { readonly input: number; readonly output: number };
}

export interface Protocol {
  readonly name: ProtocolName;
  readonly path: string;
  readonly hasKey: (headers: Headers) => boolean;
  /** Throws an `Error` that says what is wrong with the body. */
  readonly readBody: (body: unknown, headers: Headers) => ChatRequest;
  readonly writeAnswer: (answer: Answer) => object;
  readonly writeModels: (names: readonly string[]) => object;
  readonly writeError: (kind: ErrorKind, detail: string, requestId: string) => WireError;
  readonly writeHeaders: (requestId: string, quota: Quota) => Record<string, string>;
}

export interface LabState {
  /** May be replaced while the lab runs. */
  faults: Faults;
  readonly log: RequestLog;
  readonly seen: Map<string, number>;
  readonly batches: BatchStore;
  /** Requests whose line is not in the log yet; the lab waits for them when it closes. */
  readonly open: Set<Promise<void>>;
}

const LONGEST_WAIT = 2 ** 31 - 1;

type LabContext = Context<{ Bindings: HttpBindings }>;

/** A request while it is handled; fields are empty until their value is known. */
export interface Exchange {
  readonly context: LabContext;
  readonly protocol: Protocol;
  readonly state: LabState;
  readonly received: number;
  readonly requestId: string;
  readonly headers: Record<string, string>;
  model: string;
  body: string;
  occurrence: number;
  outcome: string;
  /** The id of the batch that the request made. */
  batch?: string;
}

export type Serve = (exchange: Exchange, raw: string) => Response | Promise<Response>;

export type LabApp = Hono<{ Bindings: HttpBindings }>;
/** Makes a handler that checks the key, counts the quota and writes the log around `serve`. */
export type Handle = (serve: Serve) => (context: LabContext) => Promise<Response>;

export function makeProtocolApp(
  protocol: Protocol,
  state: LabState,
  addRoutes: (app: LabApp, handle: Handle) => void,
): LabApp {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const window: QuotaWindow = { minute: 0, requests: 0, tokens: 0 };
  let count = 0;
  const handle: Handle = (serve) => async (context) => {
    const received = Date.now();
    const raw = await context.req.text();
    const requestId = `req_${hashOf({ protocol: protocol.name, received, count: (count += 1) }).slice(0, 24)}`;
    const headers = protocol.writeHeaders(requestId, countRequest(window, countTokens(raw)));
    const unknown = { model: '', body: '', occurrence: 0, outcome: 'abandoned' };
    const exchange: Exchange = { context, protocol, state, received, requestId, headers, ...unknown };
    logWhenDone(exchange);
    return protocol.hasKey(context.req.raw.headers) ? serve(exchange, raw) : fail(exchange, 'unauthorized', '');
  };
  app.post(protocol.path, handle(answer));
  app.get('/v1/models', handle(listModels));
  addRoutes(app, handle);
  app.notFound(handle((exchange) => fail(exchange, 'unknown-path', exchange.context.req.path)));
  return app;
}

function listModels(exchange: Exchange): Response {
  const { protocol } = exchange;
  const names = LAB_MODELS.filter((model) => model.protocol === protocol.name).map((model) => model.name);
  return respond(exchange, 'models', 200, JSON.stringify(protocol.writeModels(names)));
}

async function answer(exchange: Exchange, raw: string): Promise<Response> {
  const { state } = exchange;
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch (error) {
    return fail(exchange, 'unreadable', (error as Error).message);
  }
  exchange.body = hashOf(body);
  const read = readRequest(exchange, body);
  exchange.model = read.model;
  if (read.error) return fail(exchange, read.error.kind, read.error.detail);
  exchange.occurrence = countSight(state, exchange.body);
  const fault = pickTransportFault(state.faults, exchange);
  return send(exchange, JSON.stringify(answerBody(exchange, read, exchange.requestId)), fault);
}

/** A valid request with its model, or the error to answer with. */
export type ReadRequest =
  | { readonly model: string; readonly request: ChatRequest; readonly lab: LabModel; readonly error?: never }
  | { readonly model: string; readonly error: { readonly kind: ErrorKind; readonly detail: string } };

export function readRequest({ protocol, context }: Exchange, body: unknown): ReadRequest {
  let request: ChatRequest;
  try {
    request = protocol.readBody(body, context.req.raw.headers);
  } catch (error) {
    return { model: '', error: { kind: 'unreadable', detail: error instanceof Error ? error.message : String(error) } };
  }
  const { model } = request;
  const lab = findModel(protocol.name, model);
  return lab ? { model, request, lab } : { model, error: { kind: 'unknown-model', detail: model } };
}

/** The body of a reply; single calls and items of batches get the same one. */
export function answerBody(
  { protocol, state }: Exchange,
  { request, lab }: { readonly request: ChatRequest; readonly lab: LabModel },
  requestId: string,
): object {
  const reply = answerRequest(lab, request, state.faults);
  const input = request.messages.reduce((sum, message) => sum + countTokens(message.content), 0);
  const id = requestId.slice('req_'.length);
  return protocol.writeAnswer({ id, request, reply, usage: { input, output: countTokens(reply.text) } });
}

export function countSight(state: LabState, body: string): number {
  const occurrence = state.seen.get(body) ?? 0;
  state.seen.set(body, occurrence + 1);
  return occurrence;
}

/** Whether the fault refuses the request, so that nothing must be done for it. */
export const refuses = (fault: TransportFault | undefined): boolean =>
  fault !== undefined && ['rateLimit', 'quota', 'serverError', 'overloaded', 'hung'].includes(fault);

export async function send(
  exchange: Exchange,
  body: string,
  fault: TransportFault | undefined,
  outcome = 'reply',
): Promise<Response> {
  const { faults } = exchange.state;
  if (!(await wait(exchange, faults.latencyMilliseconds))) return RESPONSE_ALREADY_SENT;
  switch (fault) {
    case 'rateLimit':
    case 'quota':
    case 'serverError':
    case 'overloaded':
      return fail(exchange, fault, String(faults.retryAfterSeconds));
    case 'hung':
      return hang(exchange);
    case 'cut':
      return cut(exchange, body);
    case 'brokenEnvelope':
      return respond(exchange, fault, 200, breakEnvelope(body, exchange.occurrence));
    case 'slow':
      if (!(await wait(exchange, faults.slowMilliseconds))) return RESPONSE_ALREADY_SENT;
      return respond(exchange, outcome, 200, body);
    case undefined:
      return respond(exchange, outcome, 200, body);
  }
}

export function fail(exchange: Exchange, kind: ErrorKind, detail: string): Response {
  const { status, body, headers } = exchange.protocol.writeError(kind, detail, exchange.requestId);
  return respond(exchange, kind, status, JSON.stringify(body), headers);
}

function respond(
  exchange: Exchange,
  outcome: string,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  exchange.outcome = outcome;
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', ...exchange.headers, ...headers },
  });
}

/** Keeps the connection open without an answer until the client closes it. */
async function hang(exchange: Exchange): Promise<Response> {
  exchange.outcome = 'hung';
  await wait(exchange, LONGEST_WAIT);
  return RESPONSE_ALREADY_SENT;
}

/** Announces the length of the whole body, sends half of it and breaks the connection. */
function cut(exchange: Exchange, body: string): Response {
  exchange.outcome = 'cut';
  const { outgoing } = exchange.context.env;
  const bytes = Buffer.from(body);
  outgoing.writeHead(200, { ...exchange.headers, 'content-type': 'application/json', 'content-length': bytes.length });
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

/** Spoils a body: alternately half of its JSON, and JSON of another shape. */
const breakEnvelope = (body: string, occurrence: number): string =>
  occurrence % 2 === 0 ? body.slice(0, Math.floor(body.length / 2)) : '{"status":"ok"}';

/** Waits so long; false as soon as the client closes the connection. */
async function wait({ context }: Exchange, milliseconds: number): Promise<boolean> {
  if (milliseconds === 0) return true;
  const left = new AbortController();
  const leave = (): void => left.abort();
  const { outgoing } = context.env;
  outgoing.once('close', leave);
  await sleep(milliseconds, undefined, { signal: left.signal }).catch(() => undefined);
  outgoing.off('close', leave);
  return !left.signal.aborted;
}

function logWhenDone(exchange: Exchange): void {
  const { state } = exchange;
  const { outgoing } = exchange.context.env;
  const done = once(outgoing, 'close').then(() => {
    const left = exchange.outcome === 'reply' && !outgoing.writableFinished;
    logExchange(exchange, left ? 'abandoned' : exchange.outcome);
    state.open.delete(done);
  });
  state.open.add(done);
}

function logExchange(exchange: Exchange, outcome: string): void {
  const { state, protocol, received, requestId, model, body, occurrence, batch } = exchange;
  const record = { received, ended: Date.now(), protocol: protocol.name, model, body, occurrence, requestId };
  state.log.write({ ...record, outcome, ...(batch === undefined ? {} : { batch }) });
}
