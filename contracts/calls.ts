/** One model request and its reply: the unit that is paid for, kept and never sent twice. */
import type { Parameters } from './study.ts';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** The provider name of students in request keys and spending. */
export const STUDENT_PROVIDER = 'student';

/**
 * Everything that decides a reply; its hash is the ledger key (invariant 1). It names no study, item or address, so
 * studies share replies.
 */
export interface ModelRequest {
  readonly provider: string;
  /** The exact model; for a student `sha256:` and the digest of its checkpoint. */
  readonly model: string;
  readonly parameters: Parameters;
  readonly messages: readonly Message[];
  readonly replicate: number;
  /** Occurrence of the combination in plan order x G + generation; for gradings the round. */
  readonly sample: number;
  /** How often this grading was asked before, because no reply could be read; 0 for texts. */
  readonly ask: number;
}

/** How a paid reply ended. `refused` and `truncated` are outcomes of the item, never asked again. */
export type ReplyEnd = 'complete' | 'refused' | 'truncated';

export interface Usage {
  /** All that was sent, whether a cache had it or not. */
  readonly inputTokens: number;
  /** All that was written, with what a model thinks before it answers. */
  readonly outputTokens: number;
  /** Of the input: read from the provider's cache. */
  readonly cachedTokens?: number;
  /** Of the input: written to the provider's cache. */
  readonly cacheWriteTokens?: number;
  /** Of the output: thoughts. */
  readonly reasoningTokens?: number;
  /** The server named no usage that can be read: estimated from the lengths of request and reply. */
  readonly estimated?: true;
}

/** What a reply says of itself beside its text, kept so that a provider can be asked about it. Nothing is computed from it. */
export interface ReplyDetails {
  readonly finishReason?: string;
  readonly responseId?: string;
  readonly requestId?: string;
  readonly fingerprint?: string;
}

export interface ModelReply {
  readonly end: ReplyEnd;
  readonly text: string;
  /** The model that the provider says has answered; empty where a request was refused before any did. */
  readonly servedModel: string;
  readonly usage: Usage;
  /** Why a request was refused, by the provider's code. */
  readonly reason?: string;
  readonly details?: ReplyDetails;
}

/** A row of the ledger. `failed`: the provider will never answer this request; the item is missing, not 0. */
export type StoredCall = ModelReply | { readonly end: 'failed'; readonly reason: string };

/** The reply that the ledger has under a request key; undefined if it has none. */
export type FindCall = (key: string) => Promise<StoredCall | undefined>;
