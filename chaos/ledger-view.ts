/** Reads the ledger of a home while its study runs, and computes the request bodies that the provider saw. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { clientsOf } from '../activities/providers/registry.ts';
import type { ModelRequest } from '../contracts/calls.ts';
import type { Provider } from '../contracts/study.ts';
import { hashOf } from '../domain/basics/hash.ts';
import type { LedgerEntry } from './count-from-log.ts';

export const ledgerFile = (home: string): string => join(home, '.etude/ledger.db');

/** The result of `read`; undefined while there is no ledger, or it cannot be read at this moment. */
function lookInto<T>(home: string, read: (database: Database.Database) => T): T | undefined {
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
    return undefined; // its tables do not exist yet, or its disk is full
  }
}

const countRows = (home: string, query: string): number | undefined =>
  lookInto(home, (database) => Number((database.prepare(query).get() as { count: number }).count));

/** How many replies the ledger has. */
export const countCalls = (home: string): number | undefined => countRows(home, 'select count(*) as count from calls');

/** How many requests may be in flight now. */
export const countClaims = (home: string): number | undefined =>
  countRows(home, 'select count(*) as count from sends where owner is not null');

/** Providers that wait for a person. */
export const listHeld = (home: string): string[] =>
  lookInto(
    home,
    (database) => database.prepare('select distinct provider from holds').all() as { provider: string }[],
  )?.map(({ provider }) => provider) ?? [];

/** How many requests the ledger counts as abandoned, those to students included. */
export const countAbandoned = (home: string): number | undefined =>
  countRows(home, 'select coalesce(sum(abandoned), 0) as count from sends');

interface CallRow {
  readonly request: string;
  readonly provider: string;
  readonly at: string;
  /** The time by the correct clock; null for replies from before the trigger was added. */
  readonly kept: number | null;
  readonly abandoned: number | null;
}

/** The replies of these providers; those of students are left out, as nobody is paid for them. */
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

/** The body as it was sent: JSON leaves undefined values out. */
function bodyOf(request: ModelRequest, name: string, providers: Readonly<Record<string, Provider>>): unknown {
  const provider = providers[name];
  if (!provider) throw new RangeError(`provider "${name}" is in the ledger and not in the study`);
  const settings = { name, url: provider.endpoint, apiKey: '', deadline: 0 };
  return JSON.parse(JSON.stringify(clientsOf(provider.protocol).body(request, settings)));
}
