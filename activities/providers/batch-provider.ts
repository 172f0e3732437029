/** Somebody who answers many model requests at once, later and for less. What both protocols' batches have in common. */
import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';
import type { ProviderSettings } from './model-provider.ts';
import type { ProviderFault } from './provider-fault.ts';

export interface BatchItem {
  /** The request key: 64 hexadecimal characters. */
  readonly customId: string;
  readonly request: ModelRequest;
}

/** What is known of a submission whose answer never came. */
export interface BatchIntent {
  /** Ours, deterministic, at most 64 characters. */
  readonly id: string;
  /** Milliseconds since 1970, before the submission: by a clock that may be wrong. */
  readonly since: number;
  /** How long ago that is at least, by one that nobody sets. */
  readonly ago: number;
  readonly customIds: ReadonlySet<string>;
  /** Milliseconds that its requests may be on their way, beside those of any request. */
  readonly transfer?: number;
  /** Provider's ids that are recorded already, of other intents: never a candidate. */
  readonly known?: ReadonlySet<string>;
}

/** Why an item has no reply and is to be asked again. `failed`: the provider erred on it; `unreadable`: its line is damaged. */
export type Lacking = 'expired' | 'cancelled' | 'failed' | 'unreadable';

/**
 * `fault` is one that asking again does not correct, or a reply that cannot be taken. It means what it means for a
 * single call: its `outcome`, if it has one, is the item's.
 */
export type BatchItemResult = { readonly customId: string } & (
  { readonly reply: ModelReply } | { readonly fault: ProviderFault } | { readonly lacking: Lacking }
);

/**
 * `done`: how many items the provider says are done. `fault`: the provider refused the batch as a whole after it was
 * accepted; then every item is lacking.
 */
export type BatchState =
  | { readonly state: 'working'; readonly done?: number | undefined }
  | { readonly state: 'ended'; readonly fault?: ProviderFault };

/** `unresolved`: nobody can tell yet; ask again later. */
export type FoundBatch = { readonly found: string } | 'none' | 'unresolved';

/** How a batch is written: its lines are made one by one, as all of them may be larger than the memory. */
export interface BatchFormat {
  readonly open: string;
  readonly line: (item: BatchItem) => string;
  readonly between: string;
  readonly close: string;
}

export interface Submission {
  readonly intent: string;
  /** All requests, as `format` says; read from a file as they are sent. */
  readonly body: Blob;
  /** Milliseconds that sending them may take, beside those of any request. */
  readonly transfer: number;
  /** Called just before the request that makes the batch: from then on the provider may have it. */
  readonly onSending: () => Promise<void>;
}

/** Every method throws `ProviderFault`, as a single call does, when the provider does not answer. */
export interface BatchProvider {
  readonly format: BatchFormat;
  /** Submits and returns the provider's id. A fault that is `abandoned` may have submitted: `find` tells. */
  submit(submission: Submission, signal: AbortSignal): Promise<string>;
  /** Whether the intent was submitted: by metadata (OpenAI), else by the custom ids of ended batches (Anthropic). */
  find(intent: BatchIntent, signal: AbortSignal): Promise<FoundBatch>;
  poll(id: string, signal: AbortSignal): Promise<BatchState>;
  /** Of an ended batch: exactly one result for each of our custom ids, in any order; foreign and repeated ones are skipped. */
  results(id: string, customIds: ReadonlySet<string>, signal: AbortSignal): AsyncIterable<BatchItemResult>;
  /** Asks for an end; the batch ends later, with what is finished. One that has ended already stays as it is. */
  cancel(id: string, signal: AbortSignal): Promise<void>;
  /** Deletes what the provider stores of an ended batch, where that does not go by itself. */
  discard(id: string, signal: AbortSignal): Promise<void>;
}

export interface BatchProviderSettings extends ProviderSettings {
  /** Milliseconds after an intent within which its submission may still arrive: until then `find` never says `none`. */
  readonly inTransitMs: number;
  /** Is told of lines that were skipped or could not be read; gets ids and counts, never texts. */
  readonly warn: (message: string, attributes: Readonly<Record<string, string | number>>) => void;
}

/**
 * How much older than its intent a batch may seem, in milliseconds: our clock may be wrong by hours, and what is not
 * found is submitted again.
 */
export const LOOK_BACK = 24 * 60 * 60_000;
