/** Requests and replies of lab models, as both protocols share them. */
import type { Message } from '../../contracts/calls.ts';
import { hashOf } from '../../domain/basics/hash.ts';
import { makeRandom, type Random } from './random.ts';
import { splitTokens } from './world.ts';

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  /** `seed` or `metadata.user_id`, as text. A reply depends on model, messages and this alone. */
  readonly seed: string;
  readonly maxTokens?: number | undefined;
}

export type ReplyEnd = 'complete' | 'refused' | 'truncated';

export interface ChatReply {
  readonly end: ReplyEnd;
  readonly text: string;
}

/** The random numbers for a reply, from a hash of its request: so equal requests get equal replies on every server. */
export const randomOf = ({ model, messages, seed }: ChatRequest, purpose: string): Random =>
  makeRandom(0, purpose, hashOf({ model, messages, seed }));

export const countTokens = (text: string): number => splitTokens(text).length;

/** Cuts a text after so many tokens, as a provider does at `max_tokens`. */
export function cutReply(text: string, tokens: number): string {
  const words = text.match(/\s*(?:[\p{L}\p{N}]+|[^\p{L}\p{N}\s])/gu) ?? [];
  return words.slice(0, tokens).join('');
}
