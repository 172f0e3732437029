/** What the steps of a batch have in common. */
import { FAILURES } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { CallRuntime } from '../asking/call-runtime.ts';
import type { OpenBatch } from '../ledger/batches/open-batches.ts';
import { holdProvider } from '../ledger/holds.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/**
 * The state after a step. `again`: milliseconds until the next one. `moved`: some of its requests are in another batch
 * now. `fault`: the reason why items are left without a reply,
 * such as a key that was refused.
 */
export type Advance =
  | { readonly state: 'open'; readonly again: number; readonly moved?: boolean }
  | { readonly state: 'ended'; readonly fault?: ProviderFault | undefined };

export interface AdvanceInput extends Pick<CallRuntime, 'signal' | 'log'> {
  /** The plan of the study that takes the step: only the study that made a batch may submit it. */
  readonly by: string;
  /** Whether to ask the provider to end the batch first. */
  readonly cancel?: boolean;
}

/** A batch with its plan and the provider that has it. */
export interface Work {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly provider: BatchProvider;
  readonly batch: OpenBatch;
}

export const ENDED: Advance = { state: 'ended' };

export const isRejected = (error: unknown): error is ProviderFault =>
  error instanceof ProviderFault && (error.type === FAILURES.badRequest || error.type === FAILURES.modelGone);

/** A provider that rejects a whole batch does not say which item is wrong, so the provider waits for a person. */
export async function holdIfRejected(
  { ledger }: ActivityContext,
  { plan, provider }: OpenBatch,
  fault: ProviderFault,
): Promise<ProviderFault> {
  if (!isRejected(fault)) return fault;
  const reason = `a batch was rejected: ${fault.message}; \`mode: single\` asks without batches`;
  await holdProvider(ledger.tables, plan, provider, reason);
  return new ProviderFault(FAILURES.held, reason);
}
