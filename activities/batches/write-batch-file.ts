/** The requests of a batch, written to a file of the home first: a provider takes more of them than the memory should. */
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BatchRequest } from '../ledger/batches/open-batches.ts';
import type { BatchFormat } from '../providers/batch-provider.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

const CHUNK_BYTES = 2 ** 18;

/** The file is read while `use` sends it, and deleted afterwards. One that a killed process has left is overwritten. */
export async function withBatchFile<T>(
  { jobs }: Pick<ActivityContext, 'jobs'>,
  {
    id,
    format,
    items,
  }: { readonly id: string; readonly format: BatchFormat; readonly items: AsyncIterable<BatchRequest> },
  use: (body: Blob) => Promise<T>,
): Promise<T> {
  const path = join(dirname(jobs), 'uploads', `${id}.jsonl`);
  await mkdir(dirname(path), { recursive: true });
  try {
    await pipeline(Readable.from(inChunks(writeLines(format, items))), createWriteStream(path, { mode: 0o600 }));
    return await use(await openAsBlob(path));
  } finally {
    await rm(path, { force: true });
  }
}

async function* writeLines(format: BatchFormat, items: AsyncIterable<BatchRequest>): AsyncIterable<string> {
  yield format.open;
  let isFirst = true;
  for await (const { key, request } of items) {
    yield `${isFirst ? '' : format.between}${format.line({ customId: key, request })}`;
    isFirst = false;
  }
  yield format.close;
}

async function* inChunks(texts: AsyncIterable<string>): AsyncIterable<Buffer> {
  let chunk = '';
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK_BYTES) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}
