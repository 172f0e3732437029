/** From a provider's fault to what Temporal is to do about it. */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ModelRequest } from '../../contracts/calls.ts';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { holdProvider } from '../ledger/holds.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { backoffOf, waitBeforeRetry } from '../providers/told-wait.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';
import { STOPPED_RETRY_MS } from './admit-call.ts';
import { activityRuntime, type CallRuntime } from './call-runtime.ts';

const LONGEST_STOP_MS = 60_000;

/** A person must act first. */
const STOPPED = new Set<FailureType>([FAILURES.paused, FAILURES.held, FAILURES.budget, FAILURES.auth, FAILURES.quota]);

/** On a queue that others share each look takes of their requests per minute; alone on it, a call is not taken before it may go. */
const stoppedDelay = (attempt: number): number => Math.min(LONGEST_STOP_MS, STOPPED_RETRY_MS * attempt);

/** What a provider says never switches the backoff off. */
export const waitOf = ({ ownWait, retryAfter = 0 }: ProviderFault, attempt: number): number =>
  ownWait ?? Math.max(retryAfter, backoffOf(attempt));

/** For `catch`: throws as `asFailure` has it. */
export const fail =
  (context: ActivityContext, plan: Plan, request: Pick<ModelRequest, 'provider'>, runtime: CallRuntime) =>
  async (error: unknown): Promise<never> => {
    throw error instanceof ProviderFault ? await asFailure(context, plan, request, error, runtime) : error;
  };

/** How Temporal tries again: after the wait that the provider asks for; overload and outages back off for ever; what a person must see holds the provider. */
export async function asFailure(
  { ledger }: ActivityContext,
  plan: Plan,
  { provider }: Pick<ModelRequest, 'provider'>,
  fault: ProviderFault,
  { attempt }: Pick<CallRuntime, 'attempt'> = activityRuntime(),
): Promise<ApplicationFailure> {
  const { type, message, hold } = fault;
  if (hold) await holdProvider(ledger.tables, hashOfPlan(plan), provider, message);
  const person = hold || type === FAILURES.budget;
  const least = hold || STOPPED.has(type) ? stoppedDelay(attempt) : waitOf(fault, attempt);
  return ApplicationFailure.create({
    type,
    message,
    nextRetryDelay: waitBeforeRetry(least),
    ...(person ? {} : { category: ApplicationFailureCategory.BENIGN }),
  });
}
