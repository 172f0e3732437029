/** OpenAI's batches, through the real client: a file of requests goes up, files of replies and errors come down. */
import { setTimeout as wait } from 'node:timers/promises';
import { toFile, type OpenAI } from 'openai';
import type { Batch } from 'openai/resources/batches';
import { asFault } from './as-fault.ts';
import { listPages, matchResults, readLines, readOrFault, requireEnded } from './batch-lines.ts';
import {
  LOOK_BACK,
  type BatchIntent,
  type BatchItem,
  type BatchItemResult,
  type BatchProvider,
  type BatchProviderSettings,
  type BatchState,
  type FoundBatch,
  type Lacking,
} from './batch-provider.ts';
import { classifyBatch, classifyItem } from './classify.ts';
import { openaiClient, toBody } from './openai-provider.ts';
import { brokenEnvelope, ProviderFault, withDeadline } from './provider-fault.ts';
import { readCompletion, readFiltered } from './read-completion.ts';
import { backoffOf, waitBeforeRetry } from './told-wait.ts';

const ENDPOINT = '/v1/chat/completions';
const PAGE = 100;

export function openaiBatchProvider(settings: BatchProviderSettings): BatchProvider {
  const { name, deadline } = settings;
  const client = openaiClient(settings);
  const ask = async <T>(signal: AbortSignal, request: (options: OpenAI.RequestOptions) => Promise<T>): Promise<T> =>
    request({ signal: withDeadline(signal, deadline) }).catch((error: unknown) => {
      throw asFault(name, error, { batch: true });
    });
  const retrieve = (id: string, signal: AbortSignal): Promise<Batch> =>
    ask(signal, (options) => client.batches.retrieve(id, options));
  return {
    submit: (intent, items, signal) =>
      submit((request) => ask(signal, request), { client, settings, signal }, { intent, items }),
    find: (intent, signal) => ask(signal, (options) => find({ client, settings, options }, intent)),
    poll: async (id, signal) => stateOf(name, await retrieve(id, signal)),
    async *results(id, customIds, signal) {
      const batch = await retrieve(id, signal);
      const files = listFiles(name, batch);
      const download = async function* (isDone: () => boolean): AsyncIterable<string> {
        // The file of errors may be out of reach, or gone: it is not needed when every request has its line.
        for (const file of files)
          if (!isDone())
            yield* readLines((limited) => client.files.content(file, { signal: limited }), { deadline, signal });
      };
      const read = (line: unknown): BatchItemResult => readLine(name, line);
      try {
        yield* matchResults(settings, { id, customIds, download, read, absent: absentFrom(batch), signal });
      } catch (error) {
        throw asFault(name, error, { batch: true });
      }
    },
    async cancel(id, signal) {
      try {
        await ask(signal, (options) => client.batches.cancel(id, options));
      } catch (error) {
        // One that has ended cannot be cancelled, and need not be.
        if (stateOf(name, await retrieve(id, signal)).state === 'working') throw error;
      }
    },
  };
}

interface Call {
  readonly client: OpenAI;
  readonly settings: BatchProviderSettings;
  readonly options: OpenAI.RequestOptions;
}

type Ask = <T>(request: (options: OpenAI.RequestOptions) => Promise<T>) => Promise<T>;

/** A file that was just uploaded may not be known for a while. */
const FILE_KNOWN_WITHIN_MS = 60_000;

/** A file that was uploaded and never made a batch costs nothing. */
async function submit(
  ask: Ask,
  { client, settings, signal }: Omit<Call, 'options'> & { readonly signal: AbortSignal },
  { intent, items }: { readonly intent: string; readonly items: readonly BatchItem[] },
): Promise<string> {
  const lines = items.map(({ customId, request }) =>
    JSON.stringify({ custom_id: customId, method: 'POST', url: ENDPOINT, body: toBody(request, settings) }),
  );
  const file = await toFile(Buffer.from(`${lines.join('\n')}\n`), `${intent}.jsonl`, { type: 'application/jsonl' });
  const uploaded = await ask((options) => client.files.create({ file, purpose: 'batch' }, options));
  if (typeof uploaded.id !== 'string' || uploaded.id === '') throw brokenEnvelope(settings.name);
  const metadata = { etude_intent: intent };
  const body = { input_file_id: uploaded.id, endpoint: ENDPOINT, completion_window: '24h', metadata } as const;
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1)
    try {
      const { id } = await ask((options) => client.batches.create(body, options));
      if (typeof id !== 'string' || id === '') throw brokenEnvelope(settings.name);
      return id;
    } catch (error) {
      const isUnknown = error instanceof ProviderFault && error.streak === 'file';
      const patience = Math.min(FILE_KNOWN_WITHIN_MS, settings.deadline);
      if (!isUnknown || performance.now() - started > patience) throw error;
      await wait(waitBeforeRetry(Math.min(8_000, backoffOf(attempt))), undefined, { signal });
    }
}

async function find({ client, settings, options }: Call, intent: BatchIntent): Promise<FoundBatch> {
  const { id, since, ago, known } = intent;
  const get = (after = ''): Promise<unknown> =>
    client.get('/batches', { ...options, query: { limit: PAGE, ...(after ? { after } : {}) } });
  for await (const batch of listPages<Batch>(settings.name, get)) {
    if (typeof batch.created_at !== 'number') throw brokenEnvelope(settings.name);
    if (batch.created_at * 1000 < since - LOOK_BACK) break;
    if (batch.metadata?.['etude_intent'] === id && !known?.has(batch.id)) return { found: batch.id };
  }
  return ago < settings.inTransitMs ? 'unresolved' : 'none';
}

function stateOf(name: string, batch: Batch): BatchState {
  switch (batch.status) {
    case 'validating':
    case 'in_progress':
    case 'finalizing':
    case 'cancelling':
      return { state: 'working' };
    case 'completed':
    case 'expired':
    case 'cancelled':
      return { state: 'ended' };
    case 'failed':
      return { state: 'ended', fault: classifyBatch(name, batch.errors?.data?.[0]) };
    default:
      throw brokenEnvelope(name);
  }
}

/** None, of a batch that ended before anything was done. */
function listFiles(name: string, batch: Batch): string[] {
  requireEnded(batch.id, stateOf(name, batch));
  const named = [batch.output_file_id, batch.error_file_id];
  const files = named.filter((file) => typeof file === 'string' && file !== '') as string[];
  if (batch.status === 'completed' && files.length === 0) throw brokenEnvelope(name);
  return files;
}

const absentFrom = ({ status }: Batch): Lacking => (status === 'expired' || status === 'cancelled' ? status : 'failed');

/** A line of the output or the error file; what it lacks is checked before it is used. */
interface ResultLine {
  readonly custom_id: string;
  readonly response?: {
    readonly status_code: number;
    readonly request_id?: string;
    readonly body: unknown;
  } | null;
  readonly error?: { readonly code?: string | null } | null;
}

/** The requests are not known here: usage that a reply does not give is estimated by the caller, which has them. */
const NO_REQUEST = { messages: [] };

function readLine(name: string, line: unknown): BatchItemResult {
  const { custom_id: customId, response, error } = line as ResultLine;
  if (typeof customId !== 'string') throw brokenEnvelope(name);
  if (error?.code === 'batch_expired') return { customId, lacking: 'expired' };
  if (error?.code === 'batch_cancelled') return { customId, lacking: 'cancelled' };
  if (error && !response) return { customId, ...classifyItem(name, { body: { error } }) };
  if (!response || typeof response.status_code !== 'number') throw brokenEnvelope(name);
  const { status_code: status, request_id: requestId, body } = response;
  if (status === 200) return { customId, ...readOrFault(() => readCompletion(name, NO_REQUEST, body)) };
  const filtered = readFiltered(name, NO_REQUEST, body);
  return { customId, ...(filtered ? { reply: filtered } : classifyItem(name, { status, body, requestId })) };
}
