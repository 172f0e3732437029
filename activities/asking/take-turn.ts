/** A request's turn at its model, from the wait at the gate until its reply is there. */
import type { ModelRequest } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { GateClosed, type Permit } from '../pacing/model-gate.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';
import { largestUsage, requireNotStopped, STOPPED_RETRY_MS } from './admit-call.ts';
import type { CallRuntime } from './call-runtime.ts';

const NO_GATE: Permit = { leave: () => undefined };

/** `model`: its name in `rates`. Throws `ProviderFault` where it may not be asked now, or patience ends first. */
export async function takeTurn(
  context: ActivityContext,
  plan: Plan,
  request: ModelRequest,
  { model, runtime, begun }: { readonly model: string; readonly runtime: CallRuntime; readonly begun: boolean },
): Promise<Permit> {
  const { gates } = context;
  if (!gates) return NO_GATE;
  const gate = gates.find(model);
  // A worker learns of the models of a new study within a second.
  if (!gate) throw new ProviderFault(FAILURES.pace, `${model}: not asked yet`, { ownWait: 1_000 });
  const late = runtime.patience === undefined ? undefined : AbortSignal.timeout(runtime.patience);
  const signal = late ? AbortSignal.any([late, runtime.signal]) : runtime.signal;
  try {
    return await gate.enter({ plan: hashOfPlan(plan), tokens: largestUsage(request), begun, signal });
  } catch (error) {
    if (error instanceof GateClosed) {
      await requireNotStopped(context, plan, request);
      throw new ProviderFault(FAILURES.pace, `${model}: nothing may be sent to it now`, { ownWait: STOPPED_RETRY_MS });
    }
    if (late?.aborted && !runtime.signal.aborted)
      throw new ProviderFault(FAILURES.pace, `${model}: others are before this request`, { ownWait: 1_000 });
    throw error;
  }
}
