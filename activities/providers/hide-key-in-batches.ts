import type { BatchItemResult, BatchProvider } from './batch-provider.ts';
import { hideInError, hiderOf, hideInReply } from './hide-key.ts';
import { ProviderFault } from './provider-fault.ts';

/** As `hideKey`, for a provider that answers in batches. */
export function hideKeyInBatches(provider: BatchProvider, ...keys: readonly string[]): BatchProvider {
  const hide = hiderOf(...keys);
  if (!hide) return provider;
  const guard = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw hideInError(error, hide);
    });
  return {
    format: provider.format,
    submit: async (...input) => hide(await guard(provider.submit(...input))),
    find: (...input) => guard(provider.find(...input)),
    poll: (...input) => guard(provider.poll(...input)),
    cancel: (...input) => guard(provider.cancel(...input)),
    discard: (...input) => guard(provider.discard(...input)),
    async *results(...input) {
      try {
        for await (const result of provider.results(...input)) yield hideInResult(result, hide);
      } catch (error) {
        throw hideInError(error, hide);
      }
    },
  };
}

function hideInResult(result: BatchItemResult, hide: (text: string) => string): BatchItemResult {
  if ('reply' in result) return { ...result, reply: hideInReply(result.reply, hide) };
  if (!('fault' in result)) return result;
  const fault = hideInError(result.fault, hide);
  return fault instanceof ProviderFault ? { ...result, fault } : result;
}
