/** Looks into the ledger of a home that others work on, and what its keys look like to the provider. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { clientsOf } from '../activities/providers/registry.ts';
import type { ModelRequest } from '../contracts/calls.ts';
import type { Provider } from '../contracts/study.ts';
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

/** Every call that one of these providers was paid for; students are ours. */
export function readEntries(home: string, providers: Readonly<Record<string, Provider>>): LedgerEntry[] {
  const query = `select request, provider, calls.at, chaos_kept.at as kept, abandoned
    from calls left join sends using (key) left join chaos_kept using (key) where provider <> 'student'`;
  const rows = lookInto(home, (database) => database.prepare(query).all() as CallRow[]) ?? [];
  return rows.map(({ request, provider, at, kept, abandoned }) => ({
    body: hashOf(bodyOf(JSON.parse(request) as ModelRequest, provider, providers)),
    committed: kept ?? Date.parse(at),
    abandoned: Number(abandoned ?? 0),
  }));
}

/** As it goes over the wire: what is undefined is not sent. */
function bodyOf(request: ModelRequest, name: string, providers: Readonly<Record<string, Provider>>): unknown {
  const provider = providers[name];
  if (!provider) throw new RangeError(`provider "${name}" is in the ledger and not in the study`);
  const settings = { name, url: provider.endpoint, apiKey: '', deadline: 0 };
  return JSON.parse(JSON.stringify(clientsOf(provider.protocol).body(request, settings)));
}
