import type { ModelReply, ReplyDetails } from '../../contracts/calls.ts';
import type { ModelProvider } from './model-provider.ts';
import { ProviderFault } from './provider-fault.ts';

/** Shorter ones are words that a reply may hold by chance, as `EMPTY` for a server without keys. */
const SHORTEST = 16;
const HIDDEN = '[key]';

/**
 * Whatever a server sends back, the keys it was asked with do not get past this: not in a reply, a model's name, a code
 * or an error of the client (invariant 7).
 */
export function hideKey(provider: ModelProvider, ...keys: readonly string[]): ModelProvider {
  const hide = hiderOf(...keys);
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

/** Undefined where no key can be told from other words. The longest first: one may be a part of another. */
export function hiderOf(...keys: readonly string[]): ((text: string) => string) | undefined {
  const long = keys.filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
  return long.length === 0 ? undefined : (text) => long.reduce((rest, key) => rest.replaceAll(key, HIDDEN), text);
}

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
