import type { Access } from '../../contracts/asking.ts';
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
  /** What decides how requests are written, beside their parameters. */
  readonly access?: Omit<Access, 'headers'>;
  /** Sent with every request; may hold keys, and so is in no plan, ledger or message. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The name that a model has at its provider. */
export const sentName = ({ model }: Pick<ModelRequest, 'model'>, access: Access | undefined): string =>
  access?.servedAs?.[model] ?? model;
