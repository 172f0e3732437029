/** Ends the batches of a study that was cancelled at their provider. */
import { log } from '@temporalio/activity';
import { nextPollDelay } from '../../domain/run/poll-delay.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { advanceBatch, POLL } from './advance-batch.ts';

const CANCEL_TRIES = 8;
/** Shards of a cancelled study have this long to end their batches, then the study the rest; 120 s must be enough for both. */
const CANCEL_MS = 50_000;

/**
 * Ends batches of plan `by` at their provider and keeps their replies. Returns how many are left in the ledger: those that
 * did not end before `signal` was aborted, or of which the provider cannot tell yet whether it has them.
 */
export async function endAll(
  context: ActivityContext,
  ids: readonly string[],
  { by, signal = AbortSignal.timeout(CANCEL_MS) }: { readonly by: string; readonly signal?: AbortSignal },
): Promise<number> {
  const { clock } = context;
  const started = clock.now();
  /** For each batch that has not ended: how often the provider failed to answer. */
  const faults = new Map(ids.map((id) => [id, 0]));
  const trying = () => [...faults].flatMap(([id, times]) => (times < CANCEL_TRIES ? [id] : []));
  while (trying().length > 0 && !signal.aborted) {
    for (const id of trying()) {
      const step = await tryToEnd(context, id, { by, signal });
      if (step === 'ended') faults.delete(id);
      if (step === 'fault') faults.set(id, (faults.get(id) ?? 0) + 1);
    }
    if (trying().length > 0)
      await clock.sleep(nextPollDelay(clock.now() - started, POLL), { signal }).catch(() => undefined);
  }
  if (faults.size > 0)
    log.warn('Some batches could not be ended; the next start continues with them.', { batches: faults.size });
  return faults.size;
}

async function tryToEnd(
  context: ActivityContext,
  id: string,
  input: { readonly by: string; readonly signal: AbortSignal },
): Promise<'open' | 'ended' | 'fault'> {
  try {
    return (await advanceBatch(context, id, { ...input, log, cancel: true })).state;
  } catch (error) {
    // A step that ran out of time leaves its batch open. Of other errors, only those of a provider are expected.
    if (input.signal.aborted) return 'open';
    if (!(error instanceof ProviderFault)) throw error;
    log.warn('A batch could not be cancelled yet; trying again.', { id, reason: error.message });
    return 'fault';
  }
}
