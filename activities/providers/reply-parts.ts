/**
 * The parts of a reply that both protocols have: how it ends, its texts, and what it says that it has used. What of that
 * cannot be believed is estimated, and marked as that.
 */
import type { ModelRequest, ReplyDetails, ReplyEnd, Usage } from '../../contracts/calls.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What has no fields, a list among it, has none to read. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** No request and no reply of today is near: a larger number is no count, and would break the sums. */
const MOST_TOKENS = 100_000_000;
/** Cautious: tokenizers rarely make more of a text. */
const BYTES_PER_TOKEN = 3;

const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS ? Number(value) : undefined;

const some = (name: keyof Usage, count: number | undefined): object => (count ? { [name]: count } : {});

interface Written {
  readonly request: Pick<ModelRequest, 'messages'>;
  /** All that the reply has of texts, thoughts included. */
  readonly text: string;
}

/** Chat completions. Some servers count thoughts outside of `completion_tokens`: then the total tells, or the details. */
export function readCompletionUsage(given: unknown, written: Written): Usage {
  const usage = fieldsOf(given);
  const input = countOf(usage['prompt_tokens']);
  const visible = countOf(usage['completion_tokens']);
  const total = countOf(usage['total_tokens']);
  const reasoning = countOf(fieldsOf(usage['completion_tokens_details'])['reasoning_tokens']);
  const cached = countOf(fieldsOf(usage['prompt_tokens_details'])['cached_tokens']);
  const outside = visible !== undefined && reasoning !== undefined && reasoning > visible ? visible + reasoning : 0;
  const byTotal = total !== undefined && input !== undefined ? total - input : 0;
  const output = visible === undefined && byTotal <= 0 ? undefined : Math.max(visible ?? 0, outside, byTotal);
  return {
    ...orEstimated(input, output, written),
    ...some('cachedTokens', Math.min(cached ?? 0, input ?? 0)),
    // Outside of what is visible, if not all of it: those are thoughts too.
    ...some('reasoningTokens', Math.max(reasoning ?? 0, (output ?? 0) - (visible ?? output ?? 0))),
  };
}

/** Messages: what a cache gave or took is counted beside `input_tokens`. */
export function readMessageUsage(given: unknown, written: Written): Usage {
  const usage = fieldsOf(given);
  const fresh = countOf(usage['input_tokens']);
  const cached = countOf(usage['cache_read_input_tokens']) ?? 0;
  const cacheWrite = countOf(usage['cache_creation_input_tokens']) ?? 0;
  const details = fieldsOf(usage['output_tokens_details']);
  const reasoning = countOf(details['thinking_tokens'] ?? details['reasoning_tokens']);
  const input = fresh === undefined ? undefined : fresh + cached + cacheWrite;
  return {
    ...orEstimated(input, countOf(usage['output_tokens']), written),
    ...(fresh === undefined ? {} : { ...some('cachedTokens', cached), ...some('cacheWriteTokens', cacheWrite) }),
    ...some('reasoningTokens', reasoning),
  };
}

export function hasUsage(given: unknown): boolean {
  const usage = fieldsOf(given);
  return ['completion_tokens', 'output_tokens'].some((name) => countOf(usage[name]) !== undefined);
}

/** Nobody reads or writes a text of no tokens: there a server fills in 0 for what it does not count. */
const orUncounted = (count: number | undefined, estimate: number): number | undefined =>
  count === 0 && estimate > 0 ? undefined : count;

function orEstimated(saidIn: number | undefined, saidOut: number | undefined, { request, text }: Written): Usage {
  const input = orUncounted(saidIn, estimateInput(request));
  const output = orUncounted(saidOut, tokensIn(text));
  if (input !== undefined && output !== undefined) return { inputTokens: input, outputTokens: output };
  return {
    inputTokens: input ?? estimateInput(request),
    outputTokens: output ?? tokensIn(text),
    estimated: true,
  };
}

const tokensIn = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

export const estimateInput = ({ messages }: Pick<ModelRequest, 'messages'>): number =>
  messages.reduce((sum, { content }) => sum + tokensIn(content), 0);

/** As servers name ends, in lower case. */
const ENDS: Readonly<Record<string, ReplyEnd>> = {
  stop: 'complete',
  stop_sequence: 'complete',
  end_turn: 'complete',
  eos: 'complete',
  eos_token: 'complete',
  length: 'truncated',
  max_tokens: 'truncated',
  max_output_tokens: 'truncated',
  model_length: 'truncated',
  model_context_window_exceeded: 'truncated',
  content_filter: 'refused',
  refusal: 'refused',
  safety: 'refused',
  prohibited_content: 'refused',
};

/** Undefined for an end that is not known to be a good one: half of a reply may stand before it. */
export const endOf = (reason: unknown): ReplyEnd | undefined =>
  typeof reason === 'string' && Object.hasOwn(ENDS, reason.toLowerCase()) ? ENDS[reason.toLowerCase()] : undefined;

/** An end as a message may name it: a word, no words of the provider. */
export const nameOfEnd = (reason: unknown): string =>
  typeof reason === 'string' && /^[\w.-]{1,40}$/.test(reason) ? `"${reason}"` : 'not named';

/** The texts of a content: as it stands, or joined from its parts, thoughts left out. Undefined for another shape. */
export function textOf(content: unknown): string | undefined {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  const texts = parts.map(textOfPart);
  return texts.every((text) => text !== undefined) ? texts.join('') : undefined;
}

const TEXT_PARTS = /^(?:text|output_text)$/;

function textOfPart(part: unknown): string | undefined {
  if (part === null) return '';
  if (typeof part === 'string') return part;
  if (typeof part !== 'object' || Array.isArray(part)) return undefined;
  const { type, text } = fieldsOf(part);
  // Parts of another kind: thoughts, tools, citations.
  if (type !== undefined && !(typeof type === 'string' && TEXT_PARTS.test(type))) return '';
  // Assistants' texts have a value of their own.
  const value = typeof text === 'object' ? fieldsOf(text)['value'] : text;
  return typeof value === 'string' ? value : undefined;
}

/** Refusals among the parts of a content. */
export function refusalOf(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts
    .map((part) => fieldsOf(part)['refusal'])
    .filter((text) => typeof text === 'string')
    .join('');
}

export function detailsOf(fields: {
  readonly finishReason: unknown;
  readonly responseId: unknown;
  readonly requestId: unknown;
  readonly fingerprint?: unknown;
}): ReplyDetails {
  const named = Object.entries(fields).filter(([, value]) => typeof value === 'string' && value !== '');
  return Object.fromEntries(named.map(([name, value]) => [name, (value as string).slice(0, 200)]));
}

/** All texts anywhere in a value, bounded in depth: what a server may charge for. */
export function allText(value: unknown, depth = 6): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth === 0) return '';
  return Object.values(value)
    .map((part) => allText(part, depth - 1))
    .join('');
}
