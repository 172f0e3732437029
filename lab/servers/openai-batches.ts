/** OpenAI's files and batches. Requests are uploaded as one file; replies and errors are downloaded as two. */
import { z } from 'zod';
import { countTokens } from '../world/chat.ts';
import {
  answerItems,
  cancelBatch,
  findBatch,
  limitsOf,
  listQueued,
  makeId,
  parseJson,
  pickPage,
  Refusal,
  serveBatch,
  writeLines,
  type AskedItem,
  type Served,
} from './batch-requests.ts';
import { countOutcomes, hasEnded, outcomeOf, type LabBatch, type LabBatchItem, type LabFile } from './batch-store.ts';
import { findModel } from './lab-models.ts';
import type { Exchange, Handle, LabApp } from './protocol-app.ts';

const WINDOW = 24 * 3_600_000;
const ENDPOINT = '/v1/chat/completions';

const createSchema = z.looseObject({
  input_file_id: z.string(),
  endpoint: z.literal(ENDPOINT),
  completion_window: z.literal('24h'),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
});

const lineSchema = z.looseObject({
  custom_id: z.string().min(1),
  method: z.literal('POST'),
  url: z.literal(ENDPOINT),
  body: z.looseObject({ model: z.string() }),
});

export function addOpenaiBatches(app: LabApp, handle: Handle): void {
  app.post('/v1/files', handle(serveBatch(upload)));
  app.get('/v1/files/:id', handle(serveBatch(describeFile)));
  app.delete('/v1/files/:id', handle(serveBatch(deleteFile)));
  app.get('/v1/files/:id/content', handle(serveBatch(readContent)));
  app.post('/v1/batches', handle(serveBatch(create)));
  app.get('/v1/batches', handle(serveBatch(list)));
  app.get(
    '/v1/batches/:id',
    handle(serveBatch((exchange) => ({ outcome: 'batch', body: write(findBatch(exchange)) }))),
  );
  app.post('/v1/batches/:id/cancel', handle(serveBatch(cancel)));
}

async function upload(exchange: Exchange, raw: string): Promise<Served> {
  const type = exchange.context.req.header('content-type') ?? '';
  const form = await new Response(raw, { headers: { 'content-type': type } }).formData().catch(() => undefined);
  const [file, purpose] = [form?.get('file'), form?.get('purpose')];
  if (!(file instanceof File) || purpose !== 'batch')
    throw new Refusal('unreadable', 'a form with `file` and the purpose `batch` is required');
  const { bytes } = limitsOf(exchange);
  if (file.size > bytes) throw new Refusal('too-large', `more than ${bytes} bytes`);
  const kept = { id: makeId('file-', exchange), filename: file.name, createdAt: exchange.received };
  exchange.state.batches.addFile({ ...kept, content: await file.text() });
  return describe(findFile(exchange, kept.id));
}

const describeFile = (exchange: Exchange): Served => describe(findFile(exchange, exchange.context.req.param('id')));

/** Files of results are made on reading, so that there is nothing to delete. */
function deleteFile({ state, context }: Exchange): Served {
  const id = context.req.param('id') ?? '';
  if (!/^file-(?:output|error)-/.test(id) && !state.batches.deleteFile(id))
    throw new Refusal('unknown-object', `file ${id}`);
  return { outcome: 'deleted', body: { id, object: 'file', deleted: true } };
}

function describe({ id, filename, createdAt, content }: LabFile): Served {
  const bytes = Buffer.byteLength(content);
  const times = { created_at: seconds(createdAt) };
  return {
    outcome: 'file',
    body: { id, object: 'file', bytes, ...times, filename, purpose: 'batch', status: 'processed' },
  };
}

function findFile({ state }: Exchange, id = ''): LabFile {
  const file = state.batches.findFile(id);
  if (file === undefined) throw new Refusal('unknown-object', `file ${id}`);
  return file;
}

/** The content of an uploaded file, or of the output and error files of an ended batch, which are made on reading. */
function readContent(exchange: Exchange): Served {
  const { state, context } = exchange;
  const id = context.req.param('id') ?? '';
  const [, kind, batchId] = /^file-(output|error)-(.+)$/.exec(id) ?? [];
  const batch = state.batches.find('openai', batchId ?? '');
  if (batch === undefined || !hasEnded(batch)) return { outcome: 'file', body: findFile(exchange, id).content };
  const items = batch.items.filter((item) => (outcomeOf(batch, item) === 'reply') === (kind === 'output'));
  return { outcome: 'results', body: writeLines(exchange, { ...batch, items }, writeLine) };
}

const LACKING = {
  expired: {
    code: 'batch_expired',
    message: 'This request could not be executed before the completion window expired.',
  },
  cancelled: { code: 'batch_cancelled', message: 'This request was not executed because the batch was cancelled.' },
} as const;

function writeLine({ customId, requestId, answer }: LabBatchItem, outcome: string): object {
  const known = { id: requestId.replace(/^req_/, 'batch_req_'), custom_id: customId };
  if (outcome === 'expired' || outcome === 'cancelled') return { ...known, response: null, error: LACKING[outcome] };
  const response = { status_code: answer.status, request_id: requestId, body: answer.body };
  return { ...known, response, error: null };
}

function create(exchange: Exchange, raw: string): Served {
  const { input_file_id: inputFile, metadata } = parseJson(createSchema, raw);
  const { received: createdAt, state } = exchange;
  const { asked, errors } = readInput(findFile(exchange, inputFile).content);
  const [first] = asked;
  const model = first && modelIn(first.body);
  const tokens = asked.reduce((sum, { body }) => sum + countTokens(JSON.stringify(body)), 0);
  errors.push(...refuseByLimits(exchange, { model, items: asked.length, tokens }));
  const batch: LabBatch = {
    id: makeId('batch_', exchange),
    protocol: 'openai',
    createdAt,
    expiresAt: createdAt + WINDOW,
    items: errors.length > 0 ? [] : answerItems(exchange, asked),
    metadata: metadata ?? null,
    inputFile,
    tokens,
    ...(errors.length > 0 ? { errors } : {}),
  };
  state.batches.add(batch);
  return { outcome: 'submitted', body: { ...write(batch), ...OPEN, status: 'validating' }, submitted: batch.id };
}

const modelIn = (body: unknown): string => (body as { model: string }).model;

/** Both are seen only once the batch was accepted: it fails then, and nothing of it is asked. */
function refuseByLimits(
  exchange: Exchange,
  { model, items, tokens }: { readonly model: string | undefined; readonly items: number; readonly tokens: number },
): object[] {
  const limits = limitsOf(exchange);
  const { queueTokens = Number.POSITIVE_INFINITY } = exchange.state.faults.batches;
  const sameModel = listQueued(exchange).filter((batch) => batch.items[0]?.model === model);
  const queued = sameModel.reduce((sum, batch) => sum + (batch.tokens ?? 0), 0);
  const refuse = (code: string, message: string): object[] => [{ code, message, line: null, param: null }];
  if (items > limits.items) return refuse('too_many_tasks', `A batch may hold at most ${limits.items} requests.`);
  if (queued + tokens <= queueTokens) return [];
  return refuse(
    'token_limit_exceeded',
    `Enqueued token limit reached for ${model} in organization etude-lab. Limit: ${queueTokens.toLocaleString('en')} enqueued tokens. Please try again once some in_progress batches have been completed.`,
  );
}

const cancel = (exchange: Exchange): Served => {
  const batch = cancelBatch(exchange);
  return { outcome: 'cancel', body: { ...write(batch), ...OPEN, status: 'cancelling' } };
};

/** The answer to a create or cancel request shows a batch that has not ended, even if the lab has finished it already. */
const OPEN = { output_file_id: null, error_file_id: null };

interface Input {
  readonly asked: readonly AskedItem[];
  readonly errors: object[];
}

/** Reads the lines of an input file; one line with an error makes the provider refuse the whole batch. */
function readInput(content: string): Input {
  const asked = new Map<string, AskedItem>();
  const errors: object[] = [];
  content.split('\n').forEach((text, index) => {
    if (text.trim() === '') return;
    const refuse = (code: string, message: string): unknown =>
      errors.push({ code, message, line: index + 1, param: null });
    const line = lineSchema.safeParse(parseLine(text));
    if (!line.success) return refuse('invalid_json_line', 'This line is not parseable as a request.');
    const { custom_id: customId, body } = line.data;
    if (asked.has(customId)) return refuse('duplicate_custom_id', 'The custom_id for this request is a duplicate.');
    if (!findModel('openai', body.model)) return refuse('model_not_found', 'The provided model does not exist.');
    return asked.set(customId, { customId, body });
  });
  if (asked.size === 0 && errors.length === 0) errors.push({ code: 'empty_file', message: 'The file is empty.' });
  return { asked: [...asked.values()], errors };
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function list(exchange: Exchange): Served {
  const { batches, more } = pickPage(exchange, { after: 'after' });
  const [first_id, last_id] = [batches.at(0)?.id ?? null, batches.at(-1)?.id ?? null];
  const data = batches.map((batch) => write(batch));
  return { outcome: 'list', body: { object: 'list', data, first_id, last_id, has_more: more } };
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

function write(batch: LabBatch): object {
  const { id, items, createdAt, expiresAt, cancelledAt, inputFile, metadata, errors } = batch;
  const counts = countOutcomes(batch);
  const completed = counts['reply'] ?? 0;
  const ended = hasEnded(batch);
  const failed = items.length - completed - (counts['open'] ?? 0);
  return {
    id,
    object: 'batch',
    endpoint: ENDPOINT,
    errors: errors ? { object: 'list', data: errors } : null,
    input_file_id: inputFile,
    completion_window: '24h',
    status: statusOf(batch, counts),
    output_file_id: ended && completed > 0 ? `file-output-${id}` : null,
    error_file_id: ended && failed > 0 ? `file-error-${id}` : null,
    created_at: seconds(createdAt),
    in_progress_at: errors ? null : seconds(createdAt),
    expires_at: seconds(expiresAt),
    cancelling_at: cancelledAt === undefined ? null : seconds(cancelledAt),
    request_counts: { total: items.length, completed, failed },
    metadata,
  };
}

function statusOf(batch: LabBatch, counts: Readonly<Record<string, number>>): string {
  if (batch.errors) return 'failed';
  if (!hasEnded(batch)) return 'in_progress';
  if (batch.cancelledAt !== undefined) return 'cancelled';
  return counts['expired'] ? 'expired' : 'completed';
}
