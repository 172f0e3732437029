/** Anthropic's Message Batches. The protocol has no metadata, so a batch does not show who made it. */
import { z } from 'zod';
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
  type Served,
} from './batch-requests.ts';
import { countOutcomes, hasEnded, type LabBatch, type LabBatchItem } from './batch-store.ts';
import type { Exchange, Handle, LabApp } from './protocol-app.ts';

const WINDOW = 24 * 3_600_000;
const PATH = '/v1/messages/batches';

const createSchema = z.looseObject({
  requests: z
    .array(z.looseObject({ custom_id: z.string().regex(/^[\w-]{1,64}$/), params: z.looseObject({}) }))
    .min(1)
    .refine((all) => new Set(all.map(({ custom_id: id }) => id)).size === all.length, 'custom_ids must be unique'),
});

export function addAnthropicBatches(app: LabApp, handle: Handle): void {
  app.post(PATH, handle(serveBatch(create)));
  app.get(PATH, handle(serveBatch(list)));
  app.get(`${PATH}/:id`, handle(serveBatch(show)));
  app.post(`${PATH}/:id/cancel`, handle(serveBatch(cancel)));
  app.get(`${PATH}/:id/results`, handle(serveBatch(readResults)));
}

function create(exchange: Exchange, raw: string): Served {
  const limits = limitsOf(exchange);
  if (Buffer.byteLength(raw) > limits.bytes) throw new Refusal('too-large', `more than ${limits.bytes} bytes`);
  const { requests } = parseJson(createSchema, raw);
  if (requests.length > limits.items)
    throw new Refusal('unreadable', `requests: List should have at most ${limits.items} items`);
  const queued = listQueued(exchange).reduce((sum, { items }) => sum + items.length, 0);
  const { queueItems = Number.POSITIVE_INFINITY } = exchange.state.faults.batches;
  if (queued + requests.length > queueItems)
    throw new Refusal('rateLimit', String(exchange.state.faults.retryAfterSeconds));
  const { received: createdAt, state } = exchange;
  const asked = requests.map(({ custom_id: customId, params: body }) => ({ customId, body }));
  const items = answerItems(exchange, asked);
  const id = makeId('msgbatch_', exchange);
  const batch: LabBatch = { id, protocol: 'anthropic', createdAt, expiresAt: createdAt + WINDOW, items };
  state.batches.add(batch);
  return { outcome: 'submitted', body: write(exchange, batch, BEGUN), submitted: id };
}

/** The answer to a create or cancel request shows a batch that has not ended, even if the lab has finished it already. */
const BEGUN = false;

const show = (exchange: Exchange): Served => ({ outcome: 'batch', body: write(exchange, findBatch(exchange)) });

const cancel = (exchange: Exchange): Served => ({
  outcome: 'cancel',
  body: write(exchange, cancelBatch(exchange), BEGUN),
});

function list(exchange: Exchange): Served {
  const { batches, more } = pickPage(exchange, { after: 'after_id', before: 'before_id' });
  const data = batches.map((batch) => write(exchange, batch));
  const [first_id, last_id] = [batches.at(0)?.id ?? null, batches.at(-1)?.id ?? null];
  return { outcome: 'list', body: { data, has_more: more, first_id, last_id } };
}

function readResults(exchange: Exchange): Served {
  const batch = findBatch(exchange);
  if (!hasEnded(batch)) throw new Refusal('conflict', `batch ${batch.id} has not ended`);
  return { outcome: 'results', body: writeLines(exchange, batch, writeLine) };
}

function writeLine({ customId, answer }: LabBatchItem, outcome: string): object {
  const line = (result: object): object => ({ custom_id: customId, result });
  if (outcome === 'reply') return line({ type: 'succeeded', message: answer.body });
  if (outcome === 'expired') return line({ type: 'expired' });
  if (outcome === 'cancelled') return line({ type: 'canceled' });
  return line({ type: 'errored', error: answer.body });
}

const date = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** Describes a batch; until it has ended, all items count as `processing`, as the real provider does it. */
function write({ context }: Exchange, batch: LabBatch, ended = hasEnded(batch)): object {
  const { id, items, createdAt, expiresAt, cancelledAt } = batch;
  const { reply = 0, expired = 0, cancelled = 0 } = ended ? countOutcomes(batch) : {};
  const errored = ended ? items.length - reply - expired - cancelled : 0;
  const processing = ended ? 0 : items.length;
  return {
    id,
    type: 'message_batch',
    processing_status: ended ? 'ended' : cancelledAt === undefined ? 'in_progress' : 'canceling',
    request_counts: { processing, succeeded: reply, errored, canceled: cancelled, expired },
    created_at: date(createdAt),
    ended_at: ended ? date(Math.max(createdAt, cancelledAt ?? 0, ...items.map(({ readyAt }) => readyAt))) : null,
    expires_at: date(expiresAt),
    cancel_initiated_at: cancelledAt === undefined ? null : date(cancelledAt),
    archived_at: null,
    results_url: ended ? `${new URL(context.req.url).origin}${PATH}/${id}/results` : null,
  };
}
