import type { ModelReply, ReplyDetails } from '../../contracts/calls.ts';
import type { ModelProvider } from './model-provider.ts';
import { ProviderFault } from './provider-fault.ts';

/** Shorter ones are words that a reply may hold by chance, as `EMPTY` for a server without keys. */
const SHORTEST = 16;
const HIDDEN = '[key]';

/**
 * Whatever a server sends back, the key it was asked with does not get past this: not in a reply, a model's name, a code
 * or an error of the client (invariant 7).
 */
export function hideKey(provider: ModelProvider, key: string): ModelProvider {
  const hide = hiderOf(key);
  if (!hide) return provider;
  return {
    async send(request, signal) {
      try {
        return hideInReply(await provider.send(request, signal), hide);
      } catch (error) {
        throw hideInError(error, hide);
      }
    },
  };
}

/** Undefined for a key that cannot be told from other words. */
export const hiderOf = (key: string): ((text: string) => string) | undefined =>
  key.length < SHORTEST ? undefined : (text) => text.replaceAll(key, HIDDEN);

export const hideInReply = (reply: ModelReply, hide: (text: string) => string): ModelReply => ({
  ...reply,
  text: hide(reply.text),
  servedModel: hide(reply.servedModel),
  ...(reply.reason === undefined ? {} : { reason: hide(reply.reason) }),
  ...(reply.details === undefined ? {} : { details: hideInDetails(reply.details, hide) }),
});

const hideInDetails = (details: ReplyDetails, hide: (text: string) => string): ReplyDetails =>
  Object.fromEntries(Object.entries(details).map(([name, text]: [string, string]) => [name, hide(text)]));

/** Made anew: a client's error carries the request with its headers, and causes of its own. */
export function hideInError(error: unknown, hide: (text: string) => string): Error {
  if (error instanceof ProviderFault)
    return error.with(hide(error.message), error.outcome ? { outcome: hideInReply(error.outcome, hide) } : {});
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(hide(message)), { name });
}
