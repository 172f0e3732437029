/** A server in front of the lab that answers as real services are known to, where a test says so, and passes on the rest. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import type { Lab } from '../../lab/servers/lab-server.ts';

export interface HostileAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text as it stands, or JSON. `MODEL` in it is the model that was asked. */
  readonly body?: unknown;
  /** Breaks the connection, after this share of the body. */
  readonly cutAfter?: number;
  /** Never answers. */
  readonly hangs?: boolean;
  /** Instead of all that: the lab's answer, changed. */
  readonly change?: (text: string) => string;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** How often the same body came before. */
  readonly sight: number;
  /** How many requests came before. */
  readonly index: number;
}

export interface HostileProxy {
  readonly openai: string;
  readonly anthropic: string;
  readonly seen: SeenRequest[];
  /** Says what a request gets instead of the lab's answer. */
  choose: (seen: SeenRequest) => HostileAnswer | undefined;
  /** Every body comes for the first time again. */
  readonly forget: () => void;
}

const open: Server[] = [];
afterAll(() => {
  for (const server of open) server.close().closeAllConnections();
});

export async function startHostileProxy(lab: Lab): Promise<HostileProxy> {
  const sights = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const content = Buffer.concat(chunks);
      const seen = see(request, content, sights, proxy.seen.length);
      proxy.seen.push(seen);
      const chosen = proxy.choose(seen);
      if (chosen && !chosen.change) answer(response, seen, chosen);
      else passOn(lab, { request, response, content }, chosen?.change).catch(() => response.destroy());
    });
  });
  server.keepAliveTimeout = 0; // as the lab's
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy: HostileProxy = {
    openai: `${url}/v1`,
    anthropic: url,
    seen: [],
    choose: () => undefined,
    forget: () => sights.clear(),
  };
  return proxy;
}

function see(
  { url, method }: IncomingMessage,
  content: Buffer,
  sights: Map<string, number>,
  index: number,
): SeenRequest {
  const hash = createHash('sha256').update(content).digest('hex');
  const sight = sights.get(hash) ?? 0;
  sights.set(hash, sight + 1);
  return { method: method ?? '', path: url ?? '', body: parse(content), sight, index };
}

function parse(content: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(content.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function answer(response: ServerResponse, { body: asked }: SeenRequest, hostile: HostileAnswer): void {
  const { status = 200, headers = {}, body = '', cutAfter, hangs } = hostile;
  if (hangs) return;
  const text = (typeof body === 'string' ? body : JSON.stringify(body)).replaceAll('MODEL', String(asked['model']));
  const bytes = Buffer.from(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  if (cutAfter === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, Math.floor(bytes.length * cutAfter)), () => response.destroy());
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
}

async function passOn(
  lab: Lab,
  { request, response, content }: Exchange,
  change = (text: string) => text,
): Promise<void> {
  const isAnthropic = request.headers['anthropic-version'] !== undefined;
  const base = isAnthropic ? lab.anthropicUrl : lab.openaiUrl.replace(/\/v1$/, '');
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => !/^(host|connection|content-length|accept-encoding|transfer-encoding)$/.test(name),
    ),
  ) as Record<string, string>;
  const method = request.method ?? 'GET';
  const body = method === 'GET' ? null : new Uint8Array(content);
  const reply = await fetch(`${base}${request.url}`, { method, headers, body });
  response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? 'application/json' });
  response.end(change(await reply.text()));
}
