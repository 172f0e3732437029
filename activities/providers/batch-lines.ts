/** What is read of batches: lists page by page, and results, which are JSON lines in any order, perhaps damaged on the way. */
import { setTimeout as after, clearTimeout } from 'node:timers';
import { setTimeout as wait } from 'node:timers/promises';
import type { ModelReply } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { BatchItemResult, BatchProviderSettings, BatchState, Lacking } from './batch-provider.ts';
import { brokenEnvelope, ProviderFault } from './provider-fault.ts';

/** The lines of a body, given up when no byte comes for `deadline` milliseconds; the reader may take its time. */
export async function* readLines(
  open: (signal: AbortSignal) => Promise<Response>,
  { deadline, signal }: { readonly deadline: number; readonly signal: AbortSignal },
): AsyncIterable<string> {
  const silent = new AbortController();
  const watch = (): NodeJS.Timeout => after(() => silent.abort(), deadline);
  let timer = watch();
  try {
    const { body } = await open(AbortSignal.any([signal, silent.signal]));
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of body ?? []) {
      clearTimeout(timer);
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw new SyntaxError('a line without an end');
      yield* lines.filter((line) => line.trim() !== '');
      timer = watch();
    }
    if (rest.trim() !== '') yield rest;
  } finally {
    clearTimeout(timer);
  }
}

/** An open batch has no results yet: every item would seem to lack one. */
export function requireEnded(id: string, { state }: BatchState): void {
  if (state !== 'ended') throw new RangeError(`batch ${id} has not ended`);
}

/** The clients' own lists take a page of another shape for an empty one, and a paid batch would never be found. */
export async function* listPages<T extends { readonly id: string }>(
  name: string,
  get: (after: string | undefined) => Promise<unknown>,
): AsyncIterable<T> {
  for (let after: string | undefined; ;) {
    const { data, has_more: more } = (await get(after)) as { data?: readonly T[]; has_more?: boolean };
    if (!Array.isArray(data) || typeof more !== 'boolean') throw brokenEnvelope(name);
    yield* data as readonly T[];
    if (!more) return;
    after = (data as readonly T[]).at(-1)?.id;
    if (after === undefined) throw brokenEnvelope(name);
  }
}

export interface ResultFile {
  readonly id: string;
  readonly customIds: ReadonlySet<string>;
  /** All lines; of several files, no further one once `isDone` says that no line is missing. */
  readonly download: (isDone: () => boolean) => AsyncIterable<string>;
  /** Throws when the line has another shape. */
  readonly read: (line: unknown) => BatchItemResult;
  /** What an item is that has no line. */
  readonly absent: Lacking;
  /** How many lines there are at least, as the provider counts them: fewer have been cut off on the way. */
  readonly expected?: number | undefined;
  readonly signal: AbortSignal;
}

/** Another download costs nothing, another answer does. */
const DOWNLOADS = 4;
const DOWNLOAD_AGAIN_MS = 200;
/** Far beyond the longest line with one reply; an endless one would fill the memory. */
const LONGEST_LINE = 16 * 2 ** 20;

/** One result for each custom id: first the lines, as they come, then the items that have none. */
export async function* matchResults(
  { name, warn }: BatchProviderSettings,
  { id, customIds, download, read, absent, expected = 0, signal }: ResultFile,
): AsyncIterable<BatchItemResult> {
  const open = new Set(customIds);
  let lacking = absent;
  for (let count = 1; count <= DOWNLOADS; count += 1) {
    const skipped = { foreign: 0, repeated: 0, unreadable: 0 };
    let seen = 0;
    for await (const line of download(() => open.size === 0)) {
      seen += 1;
      const result = tryRead(line, read);
      if (result === undefined) skipped.unreadable += 1;
      else if (!customIds.has(result.customId)) skipped.foreign += 1;
      else if (open.delete(result.customId)) yield result;
      else if (count === 1) skipped.repeated += 1;
    }
    if (Object.values(skipped).some((lines) => lines > 0))
      warn('a batch has lines that were skipped', { id, ...skipped });
    // Nobody can tell whose lines these are, or were.
    const isDamaged = skipped.unreadable > 0 || seen < expected;
    lacking = isDamaged ? 'unreadable' : absent;
    if (!isDamaged || open.size === 0) break;
    // Not one readable line: this is no file of results, and nothing may be concluded from it.
    if (count === DOWNLOADS && open.size === customIds.size && skipped.foreign === 0)
      throw new ProviderFault(
        FAILURES.outage,
        `${name}: no line of the results of batch ${id} can be read, in ${DOWNLOADS} downloads; see it at the provider: \`./etude cancel\` gives it up and counts it as paid`,
        { hold: true },
      );
    if (count < DOWNLOADS) await wait(DOWNLOAD_AGAIN_MS * 3 ** (count - 1), undefined, { signal });
  }
  for (const customId of open) yield { customId, lacking };
}

function tryRead(line: string, read: ResultFile['read']): BatchItemResult | undefined {
  try {
    return read(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The reply in a line that can be read, or why it cannot be taken: then only its own request is asked again. */
export function readOrFault(
  read: () => ModelReply,
): { readonly reply: ModelReply } | { readonly fault: ProviderFault } {
  try {
    return { reply: read() };
  } catch (error) {
    if (error instanceof ProviderFault) return { fault: error };
    throw error;
  }
}
