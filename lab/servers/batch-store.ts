/**
 * The batches that the lab has accepted. The answer to each item and its time are decided at submission, so the state of
 * a batch depends on the clock alone; a killed lab that has a folder continues with its batches when it is restarted.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { ProtocolName } from './lab-models.ts';
import type { RequestLog } from './request-log.ts';

export interface LabBatchItem {
  readonly customId: string;
  readonly model: string;
  /** SHA-256 of the canonical body, as for a single call. */
  readonly body: string;
  readonly occurrence: number;
  readonly requestId: string;
  /** When the item is done, in milliseconds since 1970. */
  readonly readyAt: number;
  /** The outcome that the request log will name: `reply`, `expired`, or a kind of error. */
  readonly outcome: string;
  readonly answer: { readonly status: number; readonly body: object };
}

export interface LabBatch {
  readonly id: string;
  readonly protocol: ProtocolName;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly items: readonly LabBatchItem[];
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly inputFile?: string;
  /** Input tokens of its items, while they are in the queue of their model. */
  readonly tokens?: number;
  /** OpenAI only: why the whole batch was refused after its submission. */
  readonly errors?: readonly object[];
  cancelledAt?: number;
  /** Whether its items are in the request log. */
  logged?: boolean;
}

export interface LabFile {
  readonly id: string;
  readonly filename: string;
  readonly createdAt: number;
  readonly content: string;
}

export interface BatchStore {
  add(batch: LabBatch): void;
  find(protocol: ProtocolName, id: string): LabBatch | undefined;
  /** Newest first. */
  list(protocol: ProtocolName): readonly LabBatch[];
  cancel(batch: LabBatch): void;
  addFile(file: LabFile): void;
  findFile(id: string): LabFile | undefined;
  /** False where there is none. */
  deleteFile(id: string): boolean;
  close(): void;
}

/** The time at which a batch ends: when its last item is done, or when it was cancelled. */
const endOf = ({ createdAt, items, cancelledAt }: LabBatch): number =>
  cancelledAt ?? items.reduce((latest, { readyAt }) => Math.max(latest, readyAt), createdAt);

export const hasEnded = (batch: LabBatch, now = Date.now()): boolean => now >= endOf(batch);

export const outcomeOf = ({ cancelledAt }: LabBatch, { readyAt, outcome }: LabBatchItem): string =>
  cancelledAt !== undefined && readyAt > cancelledAt ? 'cancelled' : outcome;

/** Counts items by outcome; those that are not done yet count as `open`. */
export function countOutcomes(batch: LabBatch, now = Date.now()): Readonly<Record<string, number>> {
  const ended = hasEnded(batch, now);
  const counts: Record<string, number> = {};
  for (const item of batch.items) {
    const outcome = ended || item.readyAt <= now ? outcomeOf(batch, item) : 'open';
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

export function openBatchStore(folder: string | undefined, log: RequestLog): BatchStore {
  const batches = new Map<string, LabBatch>();
  const files = new Map<string, LabFile>();
  const timers = new Map<string, NodeJS.Timeout>();
  const keep = (kind: 'batch' | 'file', value: LabBatch | LabFile): void => {
    if (folder) writeFileAtomic.sync(join(folder, `${kind}.${value.id}.json`), JSON.stringify(value));
  };
  const advance = (batch: LabBatch): void => {
    clearTimeout(timers.get(batch.id));
    timers.delete(batch.id);
    if (batch.logged) return;
    const wait = endOf(batch) - Date.now();
    if (wait > 0) return void timers.set(batch.id, setTimeout(() => advance(batch), wait).unref());
    logItems(batch, log);
    batch.logged = true;
    keep('batch', batch);
  };
  if (folder) load(folder, { batches, files });
  for (const batch of batches.values()) advance(batch);
  const current = (batch: LabBatch): LabBatch => (advance(batch), batch);
  return {
    add(batch) {
      batches.set(batch.id, batch);
      keep('batch', batch);
      advance(batch);
    },
    find(protocol, id) {
      const batch = batches.get(id);
      return batch?.protocol === protocol ? current(batch) : undefined;
    },
    list: (protocol) =>
      [...batches.values()]
        .filter((batch) => batch.protocol === protocol)
        .map(current)
        .reverse(),
    cancel(batch) {
      batch.cancelledAt ??= Date.now();
      keep('batch', batch);
      advance(batch);
    },
    addFile(file) {
      files.set(file.id, file);
      keep('file', file);
    },
    findFile: (id) => files.get(id),
    deleteFile: (id) => {
      if (folder) rmSync(join(folder, `file.${id}.json`), { force: true });
      return files.delete(id);
    },
    close: () => [...timers.values()].forEach((timer) => clearTimeout(timer)),
  };
}

interface Known {
  readonly batches: Map<string, LabBatch>;
  readonly files: Map<string, LabFile>;
}

function load(folder: string, { batches, files }: Known): void {
  mkdirSync(folder, { recursive: true });
  const read = <T>(kind: string): T[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(`${kind}.`) && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T);
  for (const file of read<LabFile>('file')) files.set(file.id, file);
  const known = read<LabBatch>('batch').sort((a, b) => a.createdAt - b.createdAt);
  for (const batch of known) batches.set(batch.id, batch);
}

/**
 * Writes the items of an ended batch to the request log, before any client can see that it has ended. A lab that is killed
 * before it has saved `logged` writes the same lines again.
 */
function logItems(batch: LabBatch, log: RequestLog): void {
  const end = endOf(batch);
  for (const item of batch.items) {
    const { model, body, occurrence, requestId, customId, readyAt } = item;
    const about = { protocol: batch.protocol, model, body, occurrence, requestId, batch: batch.id, customId };
    const outcome = outcomeOf(batch, item);
    log.write({ received: batch.createdAt, ended: Math.min(readyAt, end), ...about, outcome });
  }
}
