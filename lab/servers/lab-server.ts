/** Starts both of the lab's model servers; they listen on 127.0.0.1 only. */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { makeAnthropicApp } from './anthropic-server.ts';
import { openBatchStore } from './batch-store.ts';
import { faultsSchema, type FaultsInput } from './faults.ts';
import { makeOpenaiApp } from './openai-server.ts';
import type { LabState } from './protocol-app.ts';
import { openRequestLog } from './request-log.ts';

export interface StartLabInput {
  /** Without a port a free one is taken. */
  readonly openaiPort?: number | undefined;
  readonly anthropicPort?: number | undefined;
  readonly faults?: FaultsInput | undefined;
  /** A file that gets one JSON line per request. */
  readonly requestLog?: string | undefined;
  /** A folder in which batches are saved, so that a restarted lab still has them. */
  readonly state?: string | undefined;
}

export interface Lab {
  /** The base URL for an OpenAI client, with its `/v1`. */
  readonly openaiUrl: string;
  /** The base URL for an Anthropic client, which adds `/v1` itself. */
  readonly anthropicUrl: string;
  /** Replaces the faults from the next request on. */
  setFaults(faults: FaultsInput): void;
  close(): Promise<void>;
}

interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function startLab(input: StartLabInput = {}): Promise<Lab> {
  const log = openRequestLog(input.requestLog);
  const faults = faultsSchema.parse(input.faults ?? {});
  const batches = openBatchStore(input.state, log);
  const state: LabState = { faults, log, seen: new Map(), batches, open: new Set() };
  const openai = await listen(makeOpenaiApp(state), input.openaiPort);
  const anthropic = await listen(makeAnthropicApp(state), input.anthropicPort).catch(async (error: unknown) => {
    await openai.close();
    throw error;
  });
  return {
    openaiUrl: `${openai.url}/v1`,
    anthropicUrl: anthropic.url,
    setFaults: (faults) => void (state.faults = faultsSchema.parse(faults)),
    close: async () => {
      await Promise.all([openai.close(), anthropic.close()]);
      await Promise.all(state.open);
      batches.close();
      log.close();
    },
  };
}

async function listen(app: Hono<{ Bindings: HttpBindings }>, port = 0): Promise<Listener> {
  const server = createAdaptorServer({ fetch: app.fetch });
  // Only clients close idle connections: if the server did, a client might send its next request on a closed one.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  return { url: `http://${HOST}:${(server.address() as AddressInfo).port}`, close };
}
