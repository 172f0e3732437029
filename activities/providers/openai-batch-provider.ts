/** OpenAI's batches, through the real client: a file of requests goes up, files of replies and errors come down. */
import { toFile, type OpenAI } from 'openai';
import type { Batch } from 'openai/resources/batches';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { listPages, matchResults, readLines, requireEnded } from './batch-lines.ts';
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
import { asFault, openaiClient, readCompletion, toBody } from './openai-provider.ts';
import { brokenEnvelope, classifyBatch, classifyItem, withDeadline } from './provider-fault.ts';

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
    submit: (intent, items, signal) => ask(signal, (options) => submit({ client, settings, options }, intent, items)),
    find: (intent, signal) => ask(signal, (options) => find({ client, settings, options }, intent)),
    poll: async (id, signal) => stateOf(name, await retrieve(id, signal)),
    async *results(id, customIds, signal) {
      const batch = await retrieve(id, signal);
      const files = listFiles(name, batch);
      const download = async function* (): AsyncIterable<string> {
        for (const file of files)
          yield* readLines((limited) => client.files.content(file, { signal: limited }), { deadline, signal });
      };
      const read = (line: unknown): BatchItemResult => readLine(name, line);
      try {
        yield* matchResults(settings, { id, customIds, download, read, absent: absentFrom(batch) });
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

/** A file that was uploaded and never made a batch costs nothing. */
async function submit({ client, settings, options }: Call, intent: string, items: readonly BatchItem[]) {
  const lines = items.map(({ customId, request }) =>
    JSON.stringify({ custom_id: customId, method: 'POST', url: ENDPOINT, body: toBody(request, settings) }),
  );
  const file = await toFile(Buffer.from(`${lines.join('\n')}\n`), `${intent}.jsonl`, { type: 'application/jsonl' });
  const uploaded = await client.files.create({ file, purpose: 'batch' }, options);
  if (typeof uploaded.id !== 'string') throw brokenEnvelope(settings.name);
  const { id } = await client.batches.create(
    { input_file_id: uploaded.id, endpoint: ENDPOINT, completion_window: '24h', metadata: { etude_intent: intent } },
    options,
  );
  if (typeof id !== 'string') throw brokenEnvelope(settings.name);
  return id;
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
      return { state: 'ended', fault: classifyBatch(name, batch.errors?.data?.[0]?.code) };
    default:
      throw brokenEnvelope(name);
  }
}

/** None, of a batch that ended before anything was done. */
function listFiles(name: string, batch: Batch): string[] {
  requireEnded(batch.id, stateOf(name, batch));
  const files = [batch.output_file_id, batch.error_file_id].filter((file) => typeof file === 'string');
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
    readonly body: ChatCompletion & { readonly error?: { readonly code?: string | null } };
  } | null;
  readonly error?: { readonly code?: string | null } | null;
}

function readLine(name: string, line: unknown): BatchItemResult {
  const { custom_id: customId, response, error } = line as ResultLine;
  if (typeof customId !== 'string') throw brokenEnvelope(name);
  if (error?.code === 'batch_expired') return { customId, lacking: 'expired' };
  if (error?.code === 'batch_cancelled') return { customId, lacking: 'cancelled' };
  if (error) return { customId, lacking: 'failed' };
  if (!response || typeof response.status_code !== 'number') throw brokenEnvelope(name);
  const { status_code: status, request_id: requestId, body } = response;
  if (status === 200) return { customId, reply: readCompletion(name, body) };
  return { customId, ...classifyItem(name, { status, code: body?.error?.code ?? undefined, requestId }) };
}
