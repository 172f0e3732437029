/** Waits for what is on its way: whoever claims a key later looks at pause and cancellation before sending. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keysInFlight } from './gates.ts';
import type { Ledger } from './ledger.ts';

const LOOK_MS = 200;

/** Returns when nothing of what is in flight now is left, or `wanted` says that it is not waited for any longer. */
export async function drainCalls(
  { tables }: Pick<Ledger, 'tables'>,
  { signal, wanted = () => true }: { readonly signal?: AbortSignal; readonly wanted?: () => boolean },
): Promise<void> {
  const before = await keysInFlight(tables);
  for (let left = before; left.size > 0 && wanted(); left = intersect(before, await keysInFlight(tables)))
    await sleep(LOOK_MS, undefined, signal && { signal });
}

const intersect = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((key) => b.has(key)));
