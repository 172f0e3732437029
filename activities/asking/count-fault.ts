/** The breaker: what fails the same way again and again is held for a person, with what has failed and what to do. */
import { STUDENT_PROVIDER, type ModelRequest } from '../../contracts/calls.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import { countFault, hasSucceeded } from '../ledger/faults.ts';
import type { ProviderFault, Streak } from '../providers/provider-fault.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/** A request is tried so often; each try may be paid for. */
const MOST_OF_KEY = 3;
/** A model without a single reply in between; what is in flight at once counts as one. */
const MOST_OF_MODEL: Readonly<Record<Streak, number>> = {
  rejected: 3,
  absent: 3,
  file: 3,
  model: 3,
  shape: 5,
  finish: 5,
  deadline: 5,
  gateway: 5,
  cut: 5,
};

const ADVICE: Readonly<Record<Streak, string>> = {
  rejected: '',
  absent: '',
  file: '',
  model: '',
  deadline: '; raise ETUDE_CALL_DEADLINE_SECONDS for the worker, or lower `parameters.maxTokens`',
  gateway:
    '; something before the model gives up waiting, which no deadline of ours changes: raise its limit, or lower `parameters.maxTokens`',
  cut: '; see what breaks connections on the way to it',
  shape: '; this server does not answer as its protocol says: check `endpoint` and `protocol` in the study file',
  finish: '; ask the provider why its replies end so',
};

/** `sent`: when the request was, by `uptime`. Returns the fault, held if it came too often. */
export async function countInARow(
  { ledger }: ActivityContext,
  request: ModelRequest,
  fault: ProviderFault,
  sent: number,
): Promise<ProviderFault> {
  const { streak, hold, message } = fault;
  const { provider, model } = request;
  if (streak === undefined || hold) return fault;
  // Own machines cost nothing, and their servers are started again: they are waited for.
  if (provider === STUDENT_PROVIDER && (streak === 'deadline' || streak === 'gateway' || streak === 'cut'))
    return fault;
  const times = await countFault(ledger.tables, { provider, model, key: requestKey(request), streak, sent });
  // Nothing has ever gone that way: it is the study file or the server, and asking again costs time alone.
  const isNew = streak === 'rejected' && !(await hasSucceeded(ledger.tables, request));
  if (!isNew && times.key < MOST_OF_KEY && times.model < MOST_OF_MODEL[streak]) return fault;
  const often =
    times.key >= MOST_OF_KEY
      ? `, ${times.key} times for one request`
      : times.model > 1
        ? `, ${times.model} times in a row`
        : '';
  return fault.with(`${message}${often}${ADVICE[streak]}`, { hold: true });
}
