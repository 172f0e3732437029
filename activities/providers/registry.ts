/** The clients of each protocol. One that is missing here is a type error; what a protocol can do is in contracts/. */
import type { ModelRequest } from '../../contracts/calls.ts';
import type { Protocol, PROTOCOLS } from '../../contracts/protocols.ts';
import { anthropicBatchProvider } from './anthropic-batch-provider.ts';
import { anthropicProvider, toBody as anthropicBody } from './anthropic-provider.ts';
import type { BatchProvider, BatchProviderSettings } from './batch-provider.ts';
import type { ModelProvider, ProviderSettings } from './model-provider.ts';
import { openaiBatchProvider } from './openai-batch-provider.ts';
import { openaiProvider, toBody as openaiBody } from './openai-provider.ts';

type MakeBatchProvider = (settings: BatchProviderSettings) => BatchProvider;

interface Clients<Batches extends boolean = boolean> {
  /** One request, one reply. */
  readonly single: (settings: ProviderSettings) => ModelProvider;
  /** Undefined for a protocol without batches: `checkStudy` refuses a study that asks for them. */
  readonly batch: Batches extends true ? MakeBatchProvider : undefined;
  /** What is sent for a request: who counts requests outside of the program finds them by it. */
  readonly body: (request: ModelRequest, settings: ProviderSettings) => object;
}

const CLIENTS: { readonly [P in Protocol]: Clients<(typeof PROTOCOLS)[P]['batches']> } = {
  openai: { single: openaiProvider, batch: openaiBatchProvider, body: openaiBody },
  anthropic: { single: anthropicProvider, batch: anthropicBatchProvider, body: anthropicBody },
};

export const clientsOf = (protocol: Protocol): Clients => CLIENTS[protocol];
