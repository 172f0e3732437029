/** Anthropic's Message Batches, through the real client. They carry no mark of ours: their custom ids tell whose they are. */
import type Anthropic from '@anthropic-ai/sdk';
import { anthropicClient, toBody } from './anthropic-provider.ts';
import { asFault } from './as-fault.ts';
import { listPages, matchResults, readLines, readOrFault, requireEnded } from './batch-lines.ts';
import {
  LOOK_BACK,
  type BatchIntent,
  type BatchItemResult,
  type BatchProvider,
  type BatchProviderSettings,
  type BatchState,
  type FoundBatch,
} from './batch-provider.ts';
import { classifyItem } from './classify.ts';
import { brokenEnvelope, withDeadline } from './provider-fault.ts';
import { readMessage } from './read-message.ts';
import { fieldsOf } from './reply-parts.ts';

type MessageBatch = Anthropic.Messages.MessageBatch;

type Request<T> = (options: Anthropic.RequestOptions) => Promise<T>;

const PAGE = 100;

export function anthropicBatchProvider(settings: BatchProviderSettings): BatchProvider {
  const { name, deadline } = settings;
  const client = anthropicClient(settings);
  const { batches } = client.messages;
  const asBatchFault = (error: unknown): unknown => asFault(name, error, { batch: true });
  const ask = async <T>(signal: AbortSignal, request: Request<T>, timeout = deadline): Promise<T> =>
    request({ signal: withDeadline(signal, timeout), timeout }).catch((error: unknown) => {
      throw asBatchFault(error);
    });
  const retrieve = (id: string, signal: AbortSignal): Promise<MessageBatch> =>
    ask(signal, (options) => batches.retrieve(id, {}, options));
  // Not `batches.results`: it gives up the whole file at the first damaged line, and follows any address with our key.
  const download = (id: string, signal: AbortSignal): AsyncIterable<string> =>
    readLines(
      (limited) =>
        client.get(`/v1/messages/batches/${encodeURIComponent(id)}/results`, { signal: limited }).asResponse(),
      { deadline, signal },
    );
  return {
    format: {
      open: '{"requests":[',
      line: ({ customId, request }) => JSON.stringify({ custom_id: customId, params: toBody(request, settings) }),
      between: ',\n',
      close: ']}',
    },
    async submit({ body, transfer, onSending }, signal) {
      await onSending();
      // Not `batches.create`, which takes all requests at once and writes them into one text.
      const headers = { 'content-type': 'application/json' };
      const create: Request<MessageBatch> = (options) =>
        client.post('/v1/messages/batches', { ...options, body, headers });
      const { id } = await ask(signal, create, deadline + transfer);
      if (typeof id !== 'string') throw brokenEnvelope(name);
      return id;
    },
    async find(intent, signal) {
      const list = (options: Anthropic.RequestOptions) =>
        pickCandidates(name, listBatches(name, client, options), intent);
      try {
        return await match(await ask(signal, list), intent, {
          settings,
          idsOf: (id) => readIds(download(id, signal)),
        });
      } catch (error) {
        throw asBatchFault(error);
      }
    },
    poll: async (id, signal) => stateOf(name, await retrieve(id, signal)),
    results: (id, customIds, signal) =>
      readResults({ settings, retrieve, download, asBatchFault }, { id, customIds, signal }),
    async cancel(id, signal) {
      try {
        await ask(signal, (options) => batches.cancel(id, {}, options));
      } catch (error) {
        // One that has ended cannot be cancelled, and need not be.
        if (stateOf(name, await retrieve(id, signal)).state === 'working') throw error;
      }
    },
    // There are no files; results expire after 29 days.
    discard: () => Promise.resolve(),
  };
}

interface Reading {
  readonly settings: BatchProviderSettings;
  readonly retrieve: (id: string, signal: AbortSignal) => Promise<MessageBatch>;
  readonly download: (id: string, signal: AbortSignal) => AsyncIterable<string>;
  readonly asBatchFault: (error: unknown) => unknown;
}

async function* readResults(
  { settings, retrieve, download, asBatchFault }: Reading,
  {
    id,
    customIds,
    signal,
  }: { readonly id: string; readonly customIds: ReadonlySet<string>; readonly signal: AbortSignal },
): AsyncIterable<BatchItemResult> {
  const { name } = settings;
  const batch = await retrieve(id, signal);
  requireEnded(id, stateOf(name, batch));
  const archived = Boolean(batch.archived_at);
  const lines = archived ? async function* () {} : () => download(id, signal);
  const read = (line: unknown): BatchItemResult => readLine(name, line);
  const absent = archived ? 'expired' : 'failed';
  const expected = archived ? 0 : countOf(batch);
  try {
    yield* matchResults(settings, { id, customIds, download: lines, read, absent, expected, signal });
  } catch (error) {
    throw asBatchFault(error);
  }
}

function listBatches(name: string, client: Anthropic, options: Anthropic.RequestOptions): AsyncIterable<MessageBatch> {
  return listPages(name, (after = '') => {
    const query = { limit: PAGE, ...(after ? { after_id: after } : {}) };
    return client.get('/v1/messages/batches', { ...options, query });
  });
}

/** How many of its requests have ended, one way or another: each has a line. Undefined where the counts cannot be read. */
function countOf({ request_counts: counts }: MessageBatch): number | undefined {
  const kinds = ['succeeded', 'errored', 'canceled', 'expired'];
  const sum = kinds.reduce((total, kind) => total + Number(fieldsOf(counts)[kind]), 0);
  return Number.isSafeInteger(sum) ? sum : undefined;
}

function stateOf(name: string, batch: MessageBatch): BatchState {
  const { processing_status: status } = batch;
  if (status === 'ended') return { state: 'ended' };
  if (status === 'in_progress' || status === 'canceling') return { state: 'working', done: countOf(batch) };
  throw brokenEnvelope(name);
}

/** Batches that may be the intent's: young enough, of the same size, and not known as another's. Newest first. */
async function pickCandidates(
  name: string,
  batches: AsyncIterable<MessageBatch>,
  { since, known, customIds }: BatchIntent,
): Promise<MessageBatch[]> {
  const candidates: MessageBatch[] = [];
  for await (const batch of batches) {
    const created = Date.parse(batch.created_at);
    if (Number.isNaN(created)) throw brokenEnvelope(name);
    if (created < since - LOOK_BACK) break;
    const size = Object.values(batch.request_counts).reduce((sum, count) => sum + count, 0);
    if (size === customIds.size && !known?.has(batch.id) && !batch.archived_at) candidates.push(batch);
  }
  return candidates;
}

interface Matching {
  readonly settings: BatchProviderSettings;
  readonly idsOf: (id: string) => Promise<ReadonlySet<string>>;
}

async function match(
  candidates: readonly MessageBatch[],
  { ago, customIds, transfer = 0 }: BatchIntent,
  { settings, idsOf }: Matching,
): Promise<FoundBatch> {
  const ended = candidates.filter((batch) => stateOf(settings.name, batch).state === 'ended');
  for (const { id } of ended) {
    const ids = [...(await idsOf(id))];
    if (ids.length > 0 && ids.every((customId) => customIds.has(customId))) return { found: id };
  }
  const open = ended.length < candidates.length || ago < settings.inTransitMs + 2 * transfer;
  return open ? 'unresolved' : 'none';
}

/** The custom ids of a file of results; a damaged line has none. */
async function readIds(lines: AsyncIterable<string>): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const line of lines) {
    const [, id] = /"custom_id": ?"([\w-]{1,64})"/.exec(line) ?? [];
    if (id !== undefined) ids.add(id);
  }
  return ids;
}

/** The requests are not known here: usage that a reply does not give is estimated by the caller, which has them. */
const NO_REQUEST = { messages: [] };

function readLine(name: string, line: unknown): BatchItemResult {
  const { custom_id: customId, result } = line as Anthropic.Messages.MessageBatchIndividualResponse;
  if (typeof customId !== 'string') throw brokenEnvelope(name);
  switch (result?.type) {
    case 'succeeded':
      return { customId, ...readOrFault(() => readMessage(name, NO_REQUEST, result.message)) };
    case 'expired':
      return { customId, lacking: 'expired' };
    case 'canceled':
      return { customId, lacking: 'cancelled' };
    case 'errored': {
      const { request_id: requestId } = result.error;
      return { customId, ...classifyItem(name, { body: result.error, requestId: requestId ?? undefined }) };
    }
    default:
      throw brokenEnvelope(name);
  }
}
