/** The Anthropic Messages protocol, through the real client. */
import Anthropic from '@anthropic-ai/sdk';
import type { ModelRequest } from '../../contracts/calls.ts';
import { NOT_SENT, type Parameters } from '../../contracts/study.ts';
import { asFault } from './as-fault.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { sentName, type ModelProvider, type ProviderSettings } from './model-provider.ts';
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
        return readMessage(name, request, await client.messages.create(toBody(request, settings), options));
      } catch (error) {
        throw asFault(name, error, { signal });
      }
    },
  };
}

export function anthropicClient({ url, apiKey, deadline, headers }: ProviderSettings): Anthropic {
  // Always named: the client would follow ANTHROPIC_BASE_URL to another provider.
  const own = { apiKey, baseURL: url ?? OWN_URL, logLevel: 'off' } as const;
  const more = headers ? { defaultHeaders: headers } : {};
  return new Anthropic({ ...own, ...more, maxRetries: 0, timeout: deadline, fetch: boundedFetch });
}

/** The body of a request, singly or as a part of a batch; a function of nothing else. */
export function toBody(
  request: ModelRequest,
  { access = {} }: Pick<ProviderSettings, 'access'>,
): Anthropic.MessageCreateParamsNonStreaming {
  const { temperature, topP, maxTokens, reasoningEffort, thinking } = request.parameters;
  const { serviceTier } = access;
  const system = request.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const turns = request.messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }]));
  const sampling = {
    ...(temperature === NOT_SENT ? {} : { temperature }),
    ...(topP === NOT_SENT ? {} : { top_p: topP }),
  };
  return {
    model: sentName(request, access),
    // The protocol demands a limit: `checkStudy` has refused "not sent" here.
    max_tokens: maxTokens === NOT_SENT ? 4096 : maxTokens,
    messages: turns,
    ...(system.length > 0 ? { system: system.join('\n\n') } : {}),
    metadata: { user_id: `etude-r${request.replicate}-s${request.sample}-a${request.ask}` },
    ...sampling,
    ...(thinking ? { thinking: asThinking(thinking) } : {}),
    // The protocol has neither "none" nor "minimal": `checkStudy` has refused them here.
    ...(reasoningEffort && reasoningEffort !== 'none' && reasoningEffort !== 'minimal'
      ? { output_config: { effort: reasoningEffort } }
      : {}),
    ...(serviceTier === 'auto' || serviceTier === 'standard_only' ? { service_tier: serviceTier } : {}),
  };
}

function asThinking(thinking: NonNullable<Parameters['thinking']>): Anthropic.ThinkingConfigParam {
  if (thinking === 'adaptive') return { type: 'adaptive' };
  if (thinking === 'off') return { type: 'disabled' };
  return { type: 'enabled', budget_tokens: thinking.budget };
}
