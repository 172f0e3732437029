/** The OpenAI chat protocol, through the real client; also spoken by vLLM and by the students' servers. */
import OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { ModelRequest } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { wireSeed } from '../../domain/requests/requests.ts';
import { asFault } from './as-fault.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { sentName, type ModelProvider, type ProviderSettings } from './model-provider.ts';
import { ProviderFault, withDeadline } from './provider-fault.ts';
import { readCompletion, readFiltered } from './read-completion.ts';

const OWN_URL = 'https://api.openai.com/v1';

export function openaiProvider(settings: ProviderSettings): ModelProvider {
  const { name, deadline } = settings;
  const client = openaiClient(settings);
  return {
    async send(request, signal) {
      const options = { signal: withDeadline(signal, deadline) };
      try {
        return readCompletion(name, request, await client.chat.completions.create(toBody(request, settings), options));
      } catch (error) {
        throw asFault(name, error, { signal, readReply: (body) => filteredFault(name, request, body) });
      }
    },
  };
}

export function openaiClient({ url, apiKey, deadline, access, headers }: ProviderSettings): OpenAI {
  // All named: the client would follow OPENAI_BASE_URL to another provider, and send organisation ids to any.
  const { organisation = null, project = null } = access ?? {};
  return new OpenAI({
    ...{ apiKey, baseURL: url ?? OWN_URL, organization: organisation, project },
    ...{ maxRetries: 0, timeout: deadline, logLevel: 'off', fetch: boundedFetch },
    ...(headers ? { defaultHeaders: headers } : {}),
  });
}

/** The body of a request, singly or as a line of a batch; a function of nothing else. */
export function toBody(
  request: ModelRequest,
  { url, access = {} }: Pick<ProviderSettings, 'url' | 'access'>,
): ChatCompletionCreateParamsNonStreaming {
  const { temperature, topP, maxTokens, seed, reasoningEffort, verbosity } = request.parameters;
  // Older and self-hosted servers know `max_tokens` only; the provider's own takes the newer name.
  const { tokenLimit = url ? 'max_tokens' : 'max_completion_tokens', serviceTier } = access;
  return {
    model: sentName(request, access),
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    ...(temperature === NOT_SENT ? {} : { temperature }),
    ...(topP === NOT_SENT ? {} : { top_p: topP }),
    ...(maxTokens === NOT_SENT ? {} : { [tokenLimit]: maxTokens }),
    ...(seed === NOT_SENT ? {} : { seed: wireSeed(request) }),
    ...(reasoningEffort ? { reasoning_effort: reasoningEffort } : {}),
    ...(verbosity ? { verbosity } : {}),
    ...(serviceTier && serviceTier !== 'standard_only' ? { service_tier: serviceTier } : {}),
  };
}

function filteredFault(name: string, request: ModelRequest, body: unknown): ProviderFault | undefined {
  const outcome = readFiltered(name, request, body);
  const message = `${name}: the provider refused what was asked`;
  return outcome && new ProviderFault(FAILURES.badRequest, message, { outcome });
}
