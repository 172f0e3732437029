/** The lab's server of OpenAI's protocol: chat completions and batches; streams, tools and `n` above 1 are refused. */
import { z } from 'zod';
import type { ChatReply, ChatRequest } from '../world/chat.ts';
import { addOpenaiBatches } from './openai-batches.ts';
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

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  seed: z.int().nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  n: z.literal(1).nullish(),
  stream: z.literal(false).nullish(),
});

const CREATED = 1_767_225_600;

export const makeOpenaiApp = (state: LabState): LabApp => makeProtocolApp(openaiProtocol, state, addOpenaiBatches);

const openaiProtocol: Protocol = {
  name: 'openai',
  path: '/v1/chat/completions',
  hasKey: (headers) => /^Bearer \S+/.test(headers.get('authorization') ?? ''),
  readBody,
  writeAnswer,
  writeModels,
  writeError,
  writeHeaders,
};

function readBody(body: unknown): ChatRequest {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { model, messages, seed, max_tokens, max_completion_tokens } = parsed.data;
  return { model, messages, seed: String(seed ?? ''), maxTokens: max_completion_tokens ?? max_tokens ?? undefined };
}

function writeAnswer({ id, request, reply, usage }: Answer): object {
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices: [{ index: 0, message: writeMessage(reply), logprobs: null, finish_reason: finishReasonOf(reply) }],
    usage: {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
    },
    service_tier: 'default',
    system_fingerprint: 'fp_lab',
  };
}

function writeModels(names: readonly string[]): object {
  const data = names.map((id) => ({ id, object: 'model', created: CREATED, owned_by: 'etude-lab' }));
  return { object: 'list', data };
}

const finishReasonOf = (reply: ChatReply): string => (reply.end === 'truncated' ? 'length' : 'stop');

const writeMessage = ({ end, text }: ChatReply): object =>
  end === 'refused'
    ? { role: 'assistant', content: null, refusal: text, annotations: [] }
    : { role: 'assistant', content: text, refusal: null, annotations: [] };

function writeError(kind: ErrorKind, detail: string): WireError {
  const error = (status: number, type: string, code: string | null, message: string, param: string | null = null) => {
    return { status, body: { error: { message, type, param, code } } };
  };
  switch (kind) {
    case 'unauthorized':
      return error(401, 'invalid_request_error', null, "You didn't provide an API key.");
    case 'unreadable':
      return error(400, 'invalid_request_error', null, `We could not read the body of your request: ${detail}`);
    case 'unknown-path':
      return error(404, 'invalid_request_error', null, `Invalid URL (${detail})`);
    case 'unknown-object':
      return error(404, 'invalid_request_error', null, `No such object: ${detail}`, 'id');
    case 'conflict':
      return error(409, 'invalid_request_error', null, `Not possible now: ${detail}`);
    case 'too-large':
      return error(400, 'invalid_request_error', null, `File is too large: ${detail}`);
    case 'unknown-model':
      return error(404, 'invalid_request_error', 'model_not_found', `The model \`${detail}\` does not exist.`, 'model');
    case 'rateLimit': {
      const limited = error(
        429,
        'requests',
        'rate_limit_exceeded',
        `Rate limit reached. Please try again in ${detail}s.`,
      );
      return { ...limited, headers: { 'retry-after': detail, 'retry-after-ms': String(Number(detail) * 1000) } };
    }
    case 'quota':
      return error(429, 'insufficient_quota', 'insufficient_quota', 'You exceeded your current quota.');
    case 'serverError':
      return error(500, 'server_error', null, 'The server had an error while processing your request.');
    case 'overloaded':
      return error(503, 'server_error', null, 'The engine is currently overloaded, please try again later.');
  }
}

function writeHeaders(requestId: string, quota: Quota): Record<string, string> {
  return {
    'x-request-id': requestId,
    'openai-version': '2020-10-01',
    'openai-organization': 'etude-lab',
    'x-ratelimit-limit-requests': String(quota.requestsLimit),
    'x-ratelimit-remaining-requests': String(quota.requestsRemaining),
    'x-ratelimit-reset-requests': `${Math.ceil((quota.reset - Date.now()) / 1000)}s`,
    'x-ratelimit-limit-tokens': String(quota.tokensLimit),
    'x-ratelimit-remaining-tokens': String(quota.tokensRemaining),
    'x-ratelimit-reset-tokens': `${Math.ceil((quota.reset - Date.now()) / 1000)}s`,
  };
}
