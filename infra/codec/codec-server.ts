/** Decrypts payloads for the Web UI of Temporal on this machine: a "remote codec" with POST /decode and /encode. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Payload, PayloadCodec } from '@temporalio/common';
import protos from '@temporalio/proto'; // CommonJS: no named exports here
import { Hono, type Context } from 'hono';
import { cors } from 'hono/cors';
import { z } from 'zod';
import { UserError } from '../../contracts/failures.ts';
import type { PayloadKey } from './payload-keys.ts';
import { SealingCodec } from './sealing-codec.ts';

const { Payload: PayloadMessage } = protos.temporal.api.common.v1;
const HOST = '127.0.0.1';
const payloadsSchema = z.object({ payloads: z.array(z.record(z.string(), z.unknown())) });

export interface CodecServer {
  readonly url: string;
  /** Allows the pages of this Web UI, for example `http://127.0.0.1:8233`; pages of all other origins are refused. */
  allow(origin: string): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only. `port` 0 takes a free one. */
export async function startCodecServer(keys: readonly PayloadKey[], port = 0): Promise<CodecServer> {
  const allowed = new Set<string>();
  const server = createAdaptorServer({ fetch: makeCodecApp(new SealingCodec(keys), allowed).fetch });
  server.listen(port, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    allow: (origin) => void allowed.add(new URL(origin).origin),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

export function makeCodecApp(codec: PayloadCodec, allowed: ReadonlySet<string>): Hono {
  const app = new Hono();
  app.use(refuseOthers(allowed));
  app.use(cors({ origin: (origin) => (allowed.has(origin) ? origin : null), allowMethods: ['POST'] }));
  app.post('/decode', (context) => answer(context, (payloads) => codec.decode(payloads)));
  app.post('/encode', (context) => answer(context, (payloads) => codec.encode(payloads)));
  return app;
}

/** Any web page could send requests to 127.0.0.1, directly or through a host name that resolves to it: both are refused. */
const refuseOthers =
  (allowed: ReadonlySet<string>) =>
  async (context: Context, next: () => Promise<void>): Promise<Response | void> => {
    const origin = context.req.header('origin');
    const host = context.req.header('host') ?? '';
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) || (origin !== undefined && !allowed.has(origin)))
      return context.text('Not for this origin.', 403);
    return next();
  };

async function answer(context: Context, work: (payloads: Payload[]) => Promise<Payload[]>): Promise<Response> {
  const read = payloadsSchema.safeParse(await context.req.json().catch(() => undefined));
  if (!read.success) return context.text('A body {"payloads": [...]} is needed.', 400);
  try {
    const payloads = await work(read.data.payloads.map((payload) => PayloadMessage.fromObject(payload)));
    return context.json({
      payloads: payloads.map((one) => PayloadMessage.toObject(PayloadMessage.fromObject(one), { bytes: String })),
    });
  } catch (error) {
    return context.text(error instanceof UserError ? `${error.message} ${error.remedy}` : 'Not a payload.', 400);
  }
}
