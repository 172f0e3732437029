/** Looks into the ledger of a home that others work on, and what its keys look like to the provider. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { toBody as anthropicBody } from '../activities/providers/anthropic-provider.ts';
import { toBody as openaiBody } from '../activities/providers/openai-provider.ts';
import type { ModelRequest } from '../contracts/calls.ts';
import { hashOf } from '../domain/basics/hash.ts';
import type { LedgerEntry } from './count-from-log.ts';

export const ledgerFile = (home: string): string => join(home, '.etude/ledger.db');

/** What `read` finds; undefined while there is no ledger, or it cannot be read at this moment. */
export function lookInto<T>(home: string, read: (database: Database.Database) => T): T | undefined {
  const file = ledgerFile(home);
  if (!existsSync(file)) return undefined;
  try {
    const database = new Database(file, { timeout: 200 });
    try {
      return read(database);
    } finally {
      database.close();
    }
  } catch {
    return undefined; // its tables are not made yet, or its disk is full
  }
}

const countRows = (home: string, query: string): number | undefined =>
  lookInto(home, (database) => Number((database.prepare(query).get() as { count: number }).count));

/** Replies that are kept. */
export const countCalls = (home: string): number | undefined => countRows(home, 'select count(*) as count from calls');

/** Requests that may be on their way now. */
export const countClaims = (home: string): number | undefined =>
  countRows(home, 'select count(*) as count from sends where owner is not null');

/** Requests whose fate the ledger does not know, students' included. */
export const countAbandoned = (home: string): number | undefined =>
  countRows(home, 'select coalesce(sum(abandoned), 0) as count from sends');

interface CallRow {
  readonly request: string;
  readonly provider: string;
  readonly at: string;
  /** By a right clock; null for what was kept before any was set wrong. */
  readonly kept: number | null;
  readonly abandoned: number | null;
}

/** Every call that a provider was paid for; students are ours. */
export function readEntries(home: string, openaiUrl: string): LedgerEntry[] {
  const query = `select request, provider, calls.at, chaos_kept.at as kept, abandoned
    from calls left join sends using (key) left join chaos_kept using (key) where provider <> 'student'`;
  const rows = lookInto(home, (database) => database.prepare(query).all() as CallRow[]) ?? [];
  return rows.map(({ request, provider, at, kept, abandoned }) => ({
    body: hashOf(bodyOf(JSON.parse(request) as ModelRequest, provider, openaiUrl)),
    committed: kept ?? Date.parse(at),
    abandoned: Number(abandoned ?? 0),
  }));
}

/** As it goes over the wire: what is undefined is not sent. */
const bodyOf = (request: ModelRequest, provider: string, url: string): unknown =>
  JSON.parse(
    JSON.stringify(
      provider === 'lab-anthropic'
        ? anthropicBody(request)
        : openaiBody(request, { name: provider, url, apiKey: '', deadline: 0 }),
    ),
  );
