import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';

/** Somebody who answers model requests. `send` throws `ProviderFault` when there is no reply. */
export interface ModelProvider {
  send(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>;
}

export interface ProviderSettings {
  readonly name: string;
  /** Without one: the provider's own address. */
  readonly url: string | undefined;
  readonly apiKey: string;
  /** Milliseconds until a request without an answer is given up. */
  readonly deadline: number;
}
