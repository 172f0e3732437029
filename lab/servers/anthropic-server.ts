/** The lab's server of Anthropic's protocol: messages and batches; streams and tools are not supported. */
import { z } from 'zod';
import type { ChatReply, ChatRequest } from '../world/chat.ts';
import { addAnthropicBatches } from './anthropic-batches.ts';
import {
  makeProtocolApp,
  type Answer,
  type ErrorKind,
  type LabApp,
  type LabState,
  type Protocol,
  type WireError,
} from './protocol-app.ts';
import type { Quota } from './quota-window.ts';

const textSchema = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal('text'), text: z.string() }))
    .transform((blocks) => blocks.map(({ text }) => text).join('')),
]);

const bodySchema = z.looseObject({
  model: z.string(),
  max_tokens: z.int().positive(),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: textSchema })).min(1),
  system: textSchema.optional(),
  metadata: z.object({ user_id: z.string().nullish() }).optional(),
  stream: z.literal(false).optional(),
});

const CREATED = '2026-01-01T00:00:00Z';

export const makeAnthropicApp = (state: LabState): LabApp =>
  makeProtocolApp(anthropicProtocol, state, addAnthropicBatches);

const anthropicProtocol: Protocol = {
  name: 'anthropic',
  path: '/v1/messages',
  hasKey: (headers) => (headers.get('x-api-key') ?? headers.get('authorization')) !== null,
  readBody,
  writeAnswer,
  writeModels,
  writeError,
  writeHeaders,
};

function readBody(body: unknown, headers: Headers): ChatRequest {
  if (headers.get('anthropic-version') === null) throw new Error('anthropic-version: header is required');
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { model, messages, system, metadata, max_tokens: maxTokens } = parsed.data;
  const opening = system === undefined ? [] : [{ role: 'system' as const, content: system }];
  return { model, messages: [...opening, ...messages], seed: metadata?.user_id ?? '', maxTokens };
}

function writeAnswer({ id, request, reply, usage }: Answer): object {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [{ type: 'text', text: reply.text, citations: null }],
    container: null,
    diagnostics: null,
    stop_reason: stopReasonOf(reply),
    stop_sequence: null,
    stop_details: reply.end === 'refused' ? { type: 'refusal', category: null, explanation: null } : null,
    usage: {
      input_tokens: usage.input,
      output_tokens: usage.output,
      cache_creation: null,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      inference_geo: null,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: 'standard',
      speed: null,
    },
  };
}

function writeModels(names: readonly string[]): object {
  const data = names.map((id) => ({ type: 'model', id, display_name: id, created_at: CREATED }));
  return { data, has_more: false, first_id: names.at(0) ?? null, last_id: names.at(-1) ?? null };
}

function stopReasonOf(reply: ChatReply): string {
  if (reply.end === 'refused') return 'refusal';
  return reply.end === 'truncated' ? 'max_tokens' : 'end_turn';
}

function writeError(kind: ErrorKind, detail: string, requestId: string): WireError {
  const error = (status: number, type: string, message: string): WireError => {
    return { status, body: { type: 'error', error: { type, message }, request_id: requestId } };
  };
  switch (kind) {
    case 'unauthorized':
      return error(401, 'authentication_error', 'x-api-key header is required');
    case 'unreadable':
      return error(400, 'invalid_request_error', detail);
    case 'unknown-path':
      return error(404, 'not_found_error', `Not found: ${detail}`);
    case 'unknown-object':
      return error(404, 'not_found_error', `Not found: ${detail}`);
    case 'conflict':
      return error(400, 'invalid_request_error', `Not possible now: ${detail}`);
    case 'too-large':
      return error(413, 'request_too_large', `Request exceeds the maximum size: ${detail}`);
    case 'unknown-model':
      return error(404, 'not_found_error', `model: ${detail}`);
    case 'rateLimit': {
      const limited = error(
        429,
        'rate_limit_error',
        'This request would exceed your rate limit. Please try again later.',
      );
      return { ...limited, headers: { 'retry-after': detail } };
    }
    case 'quota':
      return error(402, 'billing_error', 'Your credit balance is too low to access the API.');
    case 'serverError':
      return error(500, 'api_error', 'Internal server error');
    case 'overloaded':
      return error(529, 'overloaded_error', 'Overloaded');
  }
}

function writeHeaders(requestId: string, quota: Quota): Record<string, string> {
  return {
    'request-id': requestId,
    'anthropic-organization-id': 'etude-lab',
    'anthropic-ratelimit-requests-limit': String(quota.requestsLimit),
    'anthropic-ratelimit-requests-remaining': String(quota.requestsRemaining),
    'anthropic-ratelimit-requests-reset': new Date(quota.reset).toISOString(),
    'anthropic-ratelimit-tokens-limit': String(quota.tokensLimit),
    'anthropic-ratelimit-tokens-remaining': String(quota.tokensRemaining),
    'anthropic-ratelimit-tokens-reset': new Date(quota.reset).toISOString(),
  };
}
