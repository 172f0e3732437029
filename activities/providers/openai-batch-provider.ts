/** OpenAI's batches, through the real client: a file of requests goes up, files of replies and errors come down. */
import { setTimeout as wait } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { Batch } from 'openai/resources/batches';
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
  type Lacking,
  type Submission,
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
  const askWithin = async <T>(signal: AbortSignal, timeout: number, request: Request<T>): Promise<T> =>
    request({ signal: withDeadline(signal, timeout), timeout }).catch((error: unknown) => {
      throw asFault(name, error, { batch: true });
    });
  const ask = <T>(signal: AbortSignal, request: Request<T>): Promise<T> => askWithin(signal, deadline, request);
  const retrieve = (id: string, signal: AbortSignal): Promise<Batch> =>
    ask(signal, (options) => client.batches.retrieve(id, options));
  return {
    format: {
      open: '',
      line: ({ customId, request }) =>
        JSON.stringify({ custom_id: customId, method: 'POST', url: ENDPOINT, body: toBody(request, settings) }),
      between: '\n',
      close: '\n',
    },
    submit: (submission, signal) =>
      submit(
        (request, more = 0) => askWithin(signal, deadline + more, request),
        { client, settings, signal },
        submission,
      ),
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
        const [absent, expected] = [absentFrom(batch), countOf(batch)];
        yield* matchResults(settings, { id, customIds, download, read, absent, expected, signal });
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
    async discard(id, signal) {
      const { input_file_id, output_file_id, error_file_id } = await retrieve(id, signal);
      for (const file of [input_file_id, output_file_id, error_file_id].filter(Boolean) as string[])
        await ask(signal, (options) => client.files.delete(file, options));
    },
  };
}

interface Call {
  readonly client: OpenAI;
  readonly settings: BatchProviderSettings;
  readonly options: OpenAI.RequestOptions;
}

type Request<T> = (options: OpenAI.RequestOptions) => Promise<T>;
/** `more`: milliseconds that the request may take beside those of any request. */
type Ask = <T>(request: Request<T>, more?: number) => Promise<T>;
type Submitting = Omit<Call, 'options'> & { readonly signal: AbortSignal };

/** A file that was just uploaded may not be known for a while. */
const FILE_KNOWN_WITHIN_MS = 60_000;
/** As long as a file may be kept: a study may be away for weeks before it reads its results. */
const EXPIRES_AFTER = { anchor: 'created_at', seconds: 30 * 24 * 60 * 60 } as const;

/** A file that was uploaded and never made a batch costs nothing; it is deleted, or expires. */
async function submit(ask: Ask, { client, settings, signal }: Submitting, submission: Submission): Promise<string> {
  const { intent, body: lines, transfer, onSending } = submission;
  const { id: file } = await untilAccepted((expiring) =>
    ask(
      (options) =>
        client.files.create(
          {
            file: new File([lines], `${intent}.jsonl`, { type: 'application/jsonl' }),
            purpose: 'batch',
            ...(expiring ? { expires_after: EXPIRES_AFTER } : {}),
          },
          options,
        ),
      transfer,
    ),
  );
  if (typeof file !== 'string' || file === '') throw brokenEnvelope(settings.name);
  const metadata = { etude_intent: intent };
  const body = { input_file_id: file, endpoint: ENDPOINT, completion_window: '24h', metadata } as const;
  const create = (expiring: boolean) => async () => {
    await onSending();
    const expiry = expiring ? { output_expires_after: EXPIRES_AFTER } : {};
    return ask((options) => client.batches.create({ ...body, ...expiry }, options));
  };
  try {
    const { id } = await untilAccepted((expiring) => untilFileKnown({ settings, signal }, create(expiring)));
    if (typeof id !== 'string' || id === '') throw brokenEnvelope(settings.name);
    return id;
  } catch (error) {
    if (error instanceof ProviderFault && !error.abandoned)
      await ask((options) => client.files.delete(file, options)).catch(() => undefined);
    throw error;
  }
}

/** Other servers may not know when files are to expire: rejected, the request is made once more without. */
async function untilAccepted<T>(request: (expiring: boolean) => Promise<T>): Promise<T> {
  try {
    return await request(true);
  } catch (error) {
    const rejected = error instanceof ProviderFault && error.streak === 'rejected';
    if (!rejected) throw error;
    return request(false);
  }
}

async function untilFileKnown<T>(
  { settings, signal }: Pick<Submitting, 'settings' | 'signal'>,
  create: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1)
    try {
      return await create();
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
      return { state: 'working', done: countOf(batch) };
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

/** How many of its requests have ended, one way or another: each has a line. Undefined where the counts cannot be read. */
function countOf({ request_counts: counts }: Batch): number | undefined {
  const sum = Number(counts?.completed) + Number(counts?.failed);
  return Number.isSafeInteger(sum) ? sum : undefined;
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
