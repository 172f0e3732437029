/** Waits for requests in flight. Requests claimed later need no waiting: they check pause and cancellation themselves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keysInFlight } from './gates.ts';
import type { Ledger } from './ledger.ts';

const POLL_MS = 200;

/** Returns when all requests that are in flight now have ended, or when `wanted` returns false. */
export async function drainCalls(
  { tables }: Pick<Ledger, 'tables'>,
  { signal, wanted = () => true }: { readonly signal?: AbortSignal; readonly wanted?: () => boolean },
): Promise<void> {
  const before = await keysInFlight(tables);
  for (let left = before; left.size > 0 && wanted(); left = intersect(before, await keysInFlight(tables)))
    await sleep(POLL_MS, undefined, signal && { signal });
}

const intersect = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((key) => b.has(key)));
