/** What every lab model sees of a request, and what it says: the same for both protocols. */
import type { Message } from '../../contracts/calls.ts';
import { hashOf } from '../../domain/basics/hash.ts';
import { makeRandom, type Random } from './random.ts';
import { splitTokens } from './world.ts';

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  /** `seed` or `metadata.user_id`, as text: the only thing beside model and messages that a reply depends on. */
  readonly seed: string;
  readonly maxTokens?: number | undefined;
}

export type ReplyEnd = 'complete' | 'refused' | 'truncated';

export interface ChatReply {
  readonly end: ReplyEnd;
  readonly text: string;
}

/** The random numbers behind a reply: the same request gives the same reply, on every server and at every time. */
export const randomOf = ({ model, messages, seed }: ChatRequest, purpose: string): Random =>
  makeRandom(0, purpose, hashOf({ model, messages, seed }));

export const countTokens = (text: string): number => splitTokens(text).length;

/** Cuts after so many tokens, as a provider does at `max_tokens`. */
export function cutReply(text: string, tokens: number): string {
  const words = text.match(/\s*(?:[\p{L}\p{N}]+|[^\p{L}\p{N}\s])/gu) ?? [];
  return words.slice(0, tokens).join('');
}
