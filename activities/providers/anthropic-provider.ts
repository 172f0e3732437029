/** The Anthropic Messages protocol, through the real client. */
import Anthropic from '@anthropic-ai/sdk';
import type { ModelRequest } from '../../contracts/calls.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { asFault } from './as-fault.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { ModelProvider, ProviderSettings } from './model-provider.ts';
import { withDeadline } from './provider-fault.ts';
import { readMessage } from './read-message.ts';

const OWN_URL = 'https://api.anthropic.com';

export function anthropicProvider(settings: ProviderSettings): ModelProvider {
  const { name, deadline } = settings;
  const client = anthropicClient(settings);
  return {
    async send(request, signal) {
      const options = { signal: withDeadline(signal, deadline) };
      try {
        return readMessage(name, request, await client.messages.create(toBody(request), options));
      } catch (error) {
        throw asFault(name, error, { signal });
      }
    },
  };
}

export function anthropicClient({ url, apiKey, deadline }: ProviderSettings): Anthropic {
  // Always named: the client would follow ANTHROPIC_BASE_URL to another provider.
  const own = { apiKey, baseURL: url ?? OWN_URL, logLevel: 'off' } as const;
  return new Anthropic({ ...own, maxRetries: 0, timeout: deadline, fetch: boundedFetch });
}

export function toBody(request: ModelRequest): Anthropic.MessageCreateParamsNonStreaming {
  const { temperature, topP, maxTokens } = request.parameters;
  const system = request.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const turns = request.messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }]));
  const sampling = {
    ...(temperature === NOT_SENT ? {} : { temperature }),
    ...(topP === NOT_SENT ? {} : { top_p: topP }),
  };
  return {
    model: request.model,
    // The protocol demands a limit: `checkStudy` has refused "not sent" here.
    max_tokens: maxTokens === NOT_SENT ? 4096 : maxTokens,
    messages: turns,
    ...(system.length > 0 ? { system: system.join('\n\n') } : {}),
    metadata: { user_id: `etude-r${request.replicate}-s${request.sample}-a${request.ask}` },
    ...sampling,
  };
}
