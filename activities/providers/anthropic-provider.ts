/** The Anthropic Messages protocol, through the real client. */
import Anthropic, { APIConnectionError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import type { ModelReply, ModelRequest, ReplyEnd } from '../../contracts/calls.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import type { ModelProvider, ProviderSettings } from './model-provider.ts';
import {
  anthropicCode,
  bodyFault,
  brokenEnvelope,
  classify,
  isCount,
  noAnswer,
  withDeadline,
} from './provider-fault.ts';

const OWN_URL = 'https://api.anthropic.com';

export function anthropicProvider(settings: ProviderSettings): ModelProvider {
  const { name, deadline } = settings;
  const client = anthropicClient(settings);
  return {
    async send(request, signal) {
      const options = { signal: withDeadline(signal, deadline) };
      try {
        return readMessage(name, await client.messages.create(toBody(request), options));
      } catch (error) {
        throw asFault(name, error);
      }
    },
  };
}

export function anthropicClient({ url, apiKey, deadline }: ProviderSettings): Anthropic {
  // Always named: the client would follow ANTHROPIC_BASE_URL to another provider.
  const own = { apiKey, baseURL: url ?? OWN_URL, logLevel: 'off' } as const;
  return new Anthropic({ ...own, maxRetries: 0, timeout: deadline });
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

export function readMessage(name: string, message: Anthropic.Message): ModelReply {
  if (!Array.isArray(message.content) || typeof message.model !== 'string') throw brokenEnvelope(name);
  const { input_tokens: inputTokens, output_tokens: outputTokens } = message.usage ?? {};
  if (!isCount(inputTokens) || !isCount(outputTokens)) throw brokenEnvelope(name);
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  return {
    end: endOf(message.stop_reason),
    text,
    servedModel: message.model,
    usage: { inputTokens, outputTokens },
  };
}

function endOf(stop: Anthropic.StopReason | null): ReplyEnd {
  if (stop === 'refusal') return 'refused';
  return stop === 'max_tokens' || stop === 'model_context_window_exceeded' ? 'truncated' : 'complete';
}

export function asFault(name: string, error: unknown, { batch = false } = {}): unknown {
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) return noAnswer(name);
  if (error instanceof APIError) {
    const { status, type, requestID, headers, message } = error as APIError;
    return classify(name, {
      status,
      code: anthropicCode(type ?? undefined, message),
      requestId: requestID ?? undefined,
      headers,
      connection: false,
      batch,
    });
  }
  return bodyFault(name, error);
}
