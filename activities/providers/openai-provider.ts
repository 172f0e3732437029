/** The OpenAI chat protocol, through the real client; also spoken by vLLM and by the students' servers. */
import OpenAI, { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { wireSeed } from '../../domain/requests/requests.ts';
import type { ModelProvider, ProviderSettings } from './model-provider.ts';
import { bodyFault, brokenEnvelope, classify, isCount, noAnswer, withDeadline } from './provider-fault.ts';

const OWN_URL = 'https://api.openai.com/v1';

export function openaiProvider(settings: ProviderSettings): ModelProvider {
  const { name, deadline } = settings;
  const client = openaiClient(settings);
  return {
    async send(request, signal) {
      const options = { signal: withDeadline(signal, deadline) };
      try {
        return readCompletion(name, await client.chat.completions.create(toBody(request, settings), options));
      } catch (error) {
        throw asFault(name, error);
      }
    },
  };
}

export function openaiClient({ url, apiKey, deadline }: ProviderSettings): OpenAI {
  // Always named: the client would follow OPENAI_BASE_URL to another provider, and send organisation ids to any.
  const own = url ? { baseURL: url, organization: null, project: null } : { baseURL: OWN_URL };
  return new OpenAI({ apiKey, ...own, maxRetries: 0, timeout: deadline, logLevel: 'off' });
}

export function toBody(request: ModelRequest, { url }: ProviderSettings): ChatCompletionCreateParamsNonStreaming {
  const { temperature, topP, maxTokens, seed } = request.parameters;
  // Older and self-hosted servers know `max_tokens` only; the provider's own takes the newer name.
  const limitName = url ? 'max_tokens' : 'max_completion_tokens';
  return {
    model: request.model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    ...(temperature === NOT_SENT ? {} : { temperature }),
    ...(topP === NOT_SENT ? {} : { top_p: topP }),
    ...(maxTokens === NOT_SENT ? {} : { [limitName]: maxTokens }),
    ...(seed === NOT_SENT ? {} : { seed: wireSeed(request) }),
  };
}

export function readCompletion(name: string, completion: ChatCompletion): ModelReply {
  const choice = completion.choices?.[0];
  // A cut or foreign body parses into an object without these: a transport fault, never an outcome.
  if (!choice?.message || typeof completion.model !== 'string') throw brokenEnvelope(name);
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = completion.usage ?? {};
  if (!isCount(inputTokens) || !isCount(outputTokens)) throw brokenEnvelope(name);
  const { message, finish_reason: finish } = choice;
  const refused = typeof message.refusal === 'string' || finish === 'content_filter';
  const truncated = finish === 'length';
  // Cut before its first word, as by a server whose model reasons first: paid for, and the same however often it is asked.
  const silent = truncated && message.content === null;
  if (!refused && !silent && typeof message.content !== 'string') throw brokenEnvelope(name);
  return {
    end: refused ? 'refused' : truncated ? 'truncated' : 'complete',
    text: message.content ?? message.refusal ?? '',
    servedModel: completion.model,
    usage: { inputTokens, outputTokens },
  };
}

export function asFault(name: string, error: unknown, { batch = false } = {}): unknown {
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) return noAnswer(name);
  if (error instanceof APIError) {
    const { status, code, requestID, headers } = error as APIError;
    return classify(name, {
      status,
      code: code ?? undefined,
      requestId: requestID ?? undefined,
      headers,
      connection: false,
      batch,
    });
  }
  return bodyFault(name, error);
}
