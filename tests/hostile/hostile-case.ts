/**
 * What real services send, and what becomes of it: requests sent, money booked, what the person sees, how it goes on. Each is
 * played to one item that asks for a text (OpenAI) or a grading (Anthropic), until it has an outcome or its provider is held.
 */
import type { HostileAnswer, SeenRequest } from '../support/hostile-proxy.ts';

export interface HostileCase {
  readonly name: string;
  readonly protocol: 'openai' | 'anthropic';
  readonly when: 'once' | 'always' | 'first sight' | ((seen: SeenRequest) => boolean);
  /** Something of the same model and parameters has succeeded before. */
  readonly warm?: boolean;
  readonly answer: HostileAnswer;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly expected: Expected;
}

export interface Expected {
  /** Until there is an outcome, or a hold. */
  readonly requests: number;
  /** Replies, requests of unknown fate, errors; and output tokens that are named by what was answered. */
  readonly booked: {
    readonly replies?: number;
    readonly abandoned?: number;
    readonly errors?: number;
    readonly output?: number;
  };
  /** The outcome; `held` where a person must act. */
  readonly end: 'generated' | 'truncated' | 'refused' | 'graded' | 'held';
  /** What the person is told. */
  readonly told?: RegExp;
  /** After the person has let it go again and the service is well; `generated` or `graded` where nothing is said. */
  readonly then?: 'generated' | 'graded';
}

type Openai = Omit<HostileCase, 'name' | 'protocol'>;
export const openai = (name: string, rest: Openai): HostileCase => ({ name, protocol: 'openai', ...rest });
export const anthropic = (name: string, rest: Openai): HostileCase => ({ name, protocol: 'anthropic', ...rest });

export const error = (status: number, fields: object, headers: Record<string, string> = {}): HostileAnswer => ({
  status,
  headers,
  body: { error: { message: 'no', type: null, param: null, code: null, ...fields } },
});
export const anthropicError = (
  status: number,
  fields: object,
  headers: Record<string, string> = {},
): HostileAnswer => ({
  status,
  headers,
  body: { type: 'error', error: fields, request_id: 'req_1' },
});
export const USAGE = { prompt_tokens: 76, completion_tokens: 20, total_tokens: 96 };
export const completion = (message: unknown, given: object = {}, finish: unknown = 'stop') => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'MODEL',
  choices: [{ index: 0, message, finish_reason: finish }],
  usage: USAGE,
  ...given,
});
export const said = (content: unknown, given: object = {}, finish: unknown = 'stop'): HostileAnswer => ({
  body: completion({ role: 'assistant', content, refusal: null }, given, finish),
});
export const GOOD = 'Answer: A text.';

/** The two turns of a text, one error before them. */
export const AFTER_ONE_ERROR = { requests: 3, booked: { replies: 2, errors: 1 }, end: 'generated' } as const;
export const slow = (headers: Record<string, string>) =>
  error(429, { type: 'requests', code: 'rate_limit_exceeded' }, headers);
