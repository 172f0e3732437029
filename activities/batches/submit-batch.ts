/** Closes a batch that collects, and submits it; what its provider turns away waits, or goes in parts. */
import { FAILURES } from '../../contracts/failures.ts';
import { hashOf } from '../../domain/basics/hash.ts';
import { requireNotStopped } from '../asking/admit-call.ts';
import { closeBatch } from '../ledger/batches/close-batch.ts';
import { withdrawBatch } from '../ledger/batches/end-batch.ts';
import {
  findOpenBatch,
  keysOf,
  knownBatches,
  noteDue,
  noteSending,
  noteTurnedAway,
  readItems,
  recordSubmitted,
  type OpenBatch,
} from '../ledger/batches/open-batches.ts';
import { countFault, forgetFaultsOfKey } from '../ledger/faults.ts';
import { uptime } from '../ledger/uptime.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { ENDED, holdIfRejected, isRejected, type Advance, type AdvanceInput, type Work } from './batch-work.ts';
import { findRoom, learnFrom, timeToClose } from './queue-room.ts';
import { withBatchFile } from './write-batch-file.ts';

/** A study that is at work submits what it collects sooner; another one that wants the same requests waits as long. */
const FOREIGN_PATIENCE_MS = 120_000;
const SOON_MS = 1_000;
/** How fast a batch gets to its provider at least, in bytes of each millisecond: a megabit a second. */
const BYTES_PER_MS = 128;

const SUBMITTED: Advance = { state: 'open', again: 0 };

/**
 * Takes a batch that is not submitted a step further. If an earlier submission was cut off, searches the provider's list
 * for it first; while the provider cannot tell whether it has the batch, nothing is submitted again.
 */
export async function submitBatch(work: Work, input: AdvanceInput): Promise<Advance> {
  const { context, plan, batch } = work;
  const { tables } = context.ledger;
  const { by, cancel } = input;
  const found = await findSubmission(work, input);
  if (found) return found;
  if (!cancel && by !== batch.plan && batch.collecting && batch.quiet < FOREIGN_PATIENCE_MS)
    return { state: 'open', again: SOON_MS };
  if (cancel || by !== batch.plan) {
    await withdrawBatch(tables, batch.id);
    return ENDED;
  }
  await requireNotStopped(context, plan, batch);
  if (!batch.collecting) return send(work, input);
  const again = await timeToClose(work);
  if (again > 0) return { state: 'open', again: Math.min(again, SOON_MS) };
  const room = await findRoom(work);
  if ('waits' in room) {
    await noteDue(tables, batch.id, { wait: room.again, waits: room.waits });
    return { state: 'open', again: Math.min(room.again, SOON_MS) };
  }
  await closeBatch(tables, batch.id, room);
  const closed = await findOpenBatch(tables, batch.id);
  if (!closed) return ENDED;
  const sent = await send({ ...work, batch: closed }, input);
  return sent.state === 'open' && closed.items < batch.items ? { ...sent, moved: true } : sent;
}

/** Undefined when it was never sent, or the provider does not have it. */
async function findSubmission(
  { context, provider, batch }: Work,
  { signal }: AdvanceInput,
): Promise<Advance | undefined> {
  if (batch.sending === null) return undefined;
  const { tables } = context.ledger;
  const known = await knownBatches(tables, batch.provider);
  const { at: since, ago } = batch.sending;
  const intent = {
    id: intentOf(batch),
    since,
    ago,
    transfer: transferOf(batch),
    customIds: await keysOf(tables, batch.id),
    known,
  };
  const found = await provider.find(intent, signal);
  if (found === 'unresolved') return { state: 'open', again: SOON_MS };
  if (found === 'none') return undefined;
  await recordSubmitted(tables, batch.id, found.found);
  return SUBMITTED;
}

/** A batch that was turned away is still in the provider's list, under the mark that it had then. */
const intentOf = ({ id, tries }: OpenBatch): string => (tries === 0 ? id : hashOf({ id, tries }));

const transferOf = ({ bytes }: OpenBatch): number => Math.ceil(bytes / BYTES_PER_MS);

async function send(work: Work, { signal }: AdvanceInput): Promise<Advance> {
  const { context, provider, batch } = work;
  const { tables } = context.ledger;
  const onSending = () => noteSending(tables, batch.id);
  const about = { intent: intentOf(batch), transfer: transferOf(batch), onSending };
  const file = { id: batch.id, format: provider.format, items: readItems(tables, batch.id) };
  try {
    const submitted = await withBatchFile(context, file, (body) => provider.submit({ ...about, body }, signal));
    await recordSubmitted(tables, batch.id, submitted);
    await forgetFaultsOfKey(tables, refusedKey(batch));
    return SUBMITTED;
  } catch (error) {
    return refuse(work, error);
  }
}

const CROWDED: ReadonlySet<string> = new Set([FAILURES.rateLimit, FAILURES.overload]);

/**
 * After a clear refusal the provider has no batch. A full queue is waited for, and too large a batch is cut in two; else
 * the keys and the money are free again. Any other error is thrown as it is.
 */
async function refuse(work: Work, error: unknown): Promise<Advance> {
  const { context, batch } = work;
  const refused = error instanceof ProviderFault && !error.abandoned && error.type !== FAILURES.outage;
  if (!refused) throw error;
  const isCrowded = CROWDED.has(error.type) && !error.hold;
  if (isCrowded || canBeCut(error, batch)) return waitForRoom(work, error);
  await withdrawBatch(context.ledger.tables, batch.id);
  throw (await isFirstTimes(work, error)) ? error : await holdIfRejected(context, batch, error);
}

/** A gateway's hiccup passes; what is rejected every time does not. */
const MOST_REFUSED = 3;

const refusedKey = ({ plan, provider, model }: OpenBatch): string => `batches of ${plan} to ${provider}/${model}`;

async function isFirstTimes({ context, batch }: Work, fault: ProviderFault): Promise<boolean> {
  if (!isRejected(fault) || fault.hold || fault.turnedAway) return false;
  const { provider, model } = batch;
  const row = { provider, model, key: refusedKey(batch), streak: fault.streak ?? 'rejected', sent: uptime() };
  return (await countFault(context.ledger.tables, row)).key < MOST_REFUSED;
}

export const canBeCut = ({ turnedAway }: ProviderFault, { items }: OpenBatch): boolean =>
  turnedAway?.why === 'full' || (turnedAway?.why === 'large' && items > 1);

/** Nothing of the batch was asked: it is submitted again, when there is room or in parts. */
export async function waitForRoom(work: Work, fault: ProviderFault): Promise<Advance> {
  const wait = await learnFrom(work, fault);
  await noteTurnedAway(work.context.ledger.tables, work.batch.id, { wait, waits: fault.message });
  return { state: 'open', again: Math.min(wait, SOON_MS) };
}
