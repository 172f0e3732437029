/** Logs one JSON line per request that reached the lab, when the request has ended. */
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
  /** How often this body was seen before. */
  readonly occurrence: number;
  readonly requestId: string;
  /** `reply`: the whole reply was sent; `abandoned`: the client left before that; else the kind of fault or error. */
  readonly outcome: string;
  /** The batch's id: on an accepted submission, also if its answer was lost, and on each of the items once it has ended. */
  readonly batch?: string;
  /** Only on items of a batch; there `reply` means that the reply is to be paid, whether or not it was fetched. */
  readonly customId?: string;
}

export interface RequestLog {
  write(record: RequestRecord): void;
  close(): void;
}

/** Writes each line at once, so that a killed lab loses only the lines of requests in flight. */
export function openRequestLog(path: string | undefined): RequestLog {
  if (path === undefined) return { write: () => undefined, close: () => undefined };
  const file = openSync(path, 'a');
  return {
    write: (record) => void writeSync(file, `${JSON.stringify(record)}\n`),
    close: () => closeSync(file),
  };
}
