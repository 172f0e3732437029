/** Follows batches for all activities of a process that wait for them: one loop a batch, however many shards are in it. */
import { log } from '@temporalio/activity';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import { waitOf } from '../asking/as-failure.ts';
import { findOpenBatch } from '../ledger/batches/open-batches.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { waitBeforeRetry } from '../providers/told-wait.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { advanceBatch } from './advance-batch.ts';
import type { Advance } from './batch-work.ts';

/** Faults that pass by themselves while the provider works on the batch: the next poll may succeed. */
const PASSING = new Set<FailureType>([FAILURES.outage, FAILURES.overload, FAILURES.rateLimit]);
/** After this many faults in a row the activities fail, so that the Web UI shows it; Temporal retries them later. */
const MOST_FAULTS = 4;
/** A step may be due sooner than was said: when another batch has ended, or another worker has taken one. */
const LONGEST_SLEEP_MS = 5_000;

interface Loop {
  readonly watchers: Set<object>;
  readonly stop: AbortController;
  readonly ended: Promise<Advance>;
}

export interface Watcher {
  /** Resolves when one of the batches has ended or was cut in two, with what keeps its provider from being asked again. */
  readonly untilOneEnds: (ids: readonly string[]) => Promise<ProviderFault | undefined>;
  /** Leaves the batches; returns those that nobody else in this process waits for. A step that was begun ends first. */
  readonly leave: () => Promise<readonly string[]>;
}

const loops = new WeakMap<ActivityContext, Map<string, Loop>>();

/** `by`: the plan of the study that waits. Once `signal` is aborted, steps that nobody else waits for are cut off. */
export function watchBatches(context: ActivityContext, by: string, signal: AbortSignal): Watcher {
  const known = loops.get(context) ?? new Map<string, Loop>();
  loops.set(context, known);
  const me = {};
  const joined = new Set<string>();
  const join = (id: string): Promise<Advance> => {
    joined.add(id);
    const name = `${by} ${id}`;
    const loop = known.get(name) ?? startLoop(context, { by, id, onEnd: () => known.delete(name) });
    known.set(name, loop);
    loop.watchers.add(me);
    return loop.ended;
  };
  return {
    untilOneEnds: async (ids) => {
      const advance = await orAborted(Promise.race(ids.map(join)), signal);
      return advance.state === 'ended' ? advance.fault : undefined;
    },
    leave: async () => {
      const alone: string[] = [];
      for (const id of joined) {
        const loop = known.get(`${by} ${id}`);
        loop?.watchers.delete(me);
        if (loop && loop.watchers.size > 0) continue;
        alone.push(id);
        if (signal.aborted) loop?.stop.abort();
        await loop?.ended.catch(() => undefined);
      }
      return alone;
    },
  };
}

function startLoop(context: ActivityContext, of: { by: string; id: string; onEnd: () => void }): Loop {
  const watchers = new Set<object>();
  const stop = new AbortController();
  // The first step begins in the next turn, when its first watcher is in the set.
  const ended = Promise.resolve()
    .then(() => follow(context, of, { isWatched: () => watchers.size > 0, signal: stop.signal }))
    .finally(of.onEnd);
  ended.catch(() => undefined);
  return { watchers, stop, ended };
}

interface Followed {
  readonly isWatched: () => boolean;
  readonly signal: AbortSignal;
}

async function follow(
  context: ActivityContext,
  { by, id }: { readonly by: string; readonly id: string },
  { isWatched, signal }: Followed,
): Promise<Advance> {
  for (let faults = 0; ;) {
    let again: number;
    try {
      const seen = await advanceBatch(context, id, { by, signal, log });
      // Those whose requests were moved find them again.
      if (seen.state === 'ended' || seen.moved) return seen;
      faults = 0;
      again = Math.min(seen.again, LONGEST_SLEEP_MS);
    } catch (error) {
      signal.throwIfAborted();
      faults += 1;
      if (faults > MOST_FAULTS || !(await passes(context, id, error))) throw error;
      again = waitBeforeRetry(waitOf(error as ProviderFault, faults));
    }
    const { clock } = context;
    for (const until = clock.now() + again; isWatched() && clock.now() < until;)
      await clock.sleep(Math.min(SLICE_MS, Math.max(1, until - clock.now())), { signal });
    if (!isWatched()) return { state: 'open', again };
  }
}

/** A loop that nobody watches any more ends so soon. */
const SLICE_MS = 100;

async function passes({ ledger }: ActivityContext, id: string, error: unknown): Promise<boolean> {
  if (!(error instanceof ProviderFault) || !PASSING.has(error.type) || error.hold) return false;
  // A refused submission was withdrawn, so it cannot be polled again.
  return (await findOpenBatch(ledger.tables, id)) !== undefined;
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
