/** A server in front of the lab that sends back what it should not: the key that a request came with. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import type { Lab } from '../../lab/servers/lab-server.ts';

/** A status with the key all over body and headers, JSON that breaks off, or a reply that holds the key. */
export type Echo = 400 | 401 | 429 | 500 | 'broken' | 'model' | 'text';

export interface Seen {
  readonly protocol: 'openai' | 'anthropic';
  readonly key: string;
  /** SHA-256 of the body. */
  readonly body: string;
  /** How often this key had sent this body before. */
  readonly sight: number;
  readonly headers: IncomingMessage['headers'];
}

export interface EchoServer {
  readonly openaiUrl: string;
  readonly anthropicUrl: string;
  readonly seen: Seen[];
}

const open: Server[] = [];
afterAll(() => {
  for (const server of open) server.close().closeAllConnections();
});

/** `choose` says what a request gets instead of the lab's answer. */
export async function startEcho(lab: Lab, choose: (seen: Seen) => Echo | undefined): Promise<EchoServer> {
  const seen: Seen[] = [];
  const sights = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const content = Buffer.concat(chunks);
      const one = look(request, content, sights);
      seen.push(one);
      answer(lab, { request, response, content }, one, choose(one)).catch(() => response.destroy());
    });
  });
  server.keepAliveTimeout = 0; // as the lab's
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { openaiUrl: `${url}/v1`, anthropicUrl: url, seen };
}

function look({ url, headers }: IncomingMessage, content: Buffer, sights: Map<string, number>): Seen {
  const protocol = url?.includes('/chat/completions') ? 'openai' : 'anthropic';
  const key = String(headers['x-api-key'] ?? headers.authorization ?? '').replace(/^Bearer /, '');
  const body = createHash('sha256').update(content).digest('hex');
  const sight = sights.get(key + body) ?? 0;
  sights.set(key + body, sight + 1);
  return { protocol, key, body, sight, headers };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
}

async function answer(lab: Lab, exchange: Exchange, seen: Seen, echo: Echo | undefined): Promise<void> {
  const { request, response, content } = exchange;
  if (typeof echo === 'number' || echo === 'broken') return spill(response, seen, echo);
  const base = seen.protocol === 'openai' ? lab.openaiUrl.replace(/\/v1$/, '') : lab.anthropicUrl;
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => !/^(host|connection|content-length|accept-encoding)$/.test(name),
    ),
  ) as Record<string, string>;
  const reply = await fetch(`${base}${request.url}`, { method: 'POST', headers, body: new Uint8Array(content) });
  const text = await reply.text();
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(echo ? spoil(text, seen, echo) : text);
}

/** Where errors have a place for words, and where they have one for a code or an id. */
function spill(response: ServerResponse, { key }: Seen, echo: number | 'broken'): void {
  const said = `the key ${key} (Authorization: Bearer ${key}) is wrong`;
  const error = { message: said, type: key, code: key, param: key };
  const body = JSON.stringify({ type: 'error', error, request_id: key, detail: said });
  const headers = {
    'x-request-id': key,
    'request-id': key,
    'www-authenticate': `Bearer ${key}`,
    'retry-after-ms': '20',
  };
  response.writeHead(echo === 'broken' ? 200 : echo, { 'content-type': 'application/json', ...headers });
  response.end(echo === 'broken' ? `${body.slice(0, -20)}` : body);
}

function spoil(text: string, { key, protocol }: Seen, echo: 'model' | 'text'): string {
  const reply = JSON.parse(text) as { model: string; content: object[]; choices: { message: { content: string } }[] };
  if (echo === 'model') return JSON.stringify({ ...reply, model: key });
  if (protocol === 'anthropic') return JSON.stringify({ ...reply, content: [{ type: 'text', text: `it is ${key}` }] });
  const [choice] = reply.choices;
  return JSON.stringify({
    ...reply,
    choices: [{ ...choice, message: { role: 'assistant', content: `it is ${key}` } }],
  });
}
