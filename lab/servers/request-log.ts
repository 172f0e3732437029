/** One JSON line per request that reached the lab, written when its connection is done with it. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ProtocolName } from './lab-models.ts';

export interface RequestRecord {
  /** Milliseconds since 1970. */
  readonly received: number;
  readonly ended: number;
  readonly protocol: ProtocolName;
  readonly model: string;
  /** SHA-256 of the canonical body. */
  readonly body: string;
  /** How often this body had been seen before. */
  readonly occurrence: number;
  readonly requestId: string;
  /** `reply`: the whole reply was handed over; `abandoned`: the client left before; else what went wrong. */
  readonly outcome: string;
  /** Of a submission that was accepted, whatever became of its answer, and of each item answered in it, once it ended. */
  readonly batch?: string;
  /** Of an item of a batch only: `reply` is then a paid reply, fetched or not. */
  readonly customId?: string;
}

export interface RequestLog {
  write(record: RequestRecord): void;
  close(): void;
}

/** Lines are written at once: a lab that is killed loses only the requests in flight. */
export function openRequestLog(path: string | undefined): RequestLog {
  if (path === undefined) return { write: () => undefined, close: () => undefined };
  const file = openSync(path, 'a');
  return {
    write: (record) => void writeSync(file, `${JSON.stringify(record)}\n`),
    close: () => closeSync(file),
  };
}
