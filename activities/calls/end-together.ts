import { ApplicationFailure } from '@temporalio/activity';

/**
 * As `Promise.all`, but throws only when all have ended: what is in flight is paid for, and ends with its activity. Of several
 * failures it throws one: what no retry cures before what a person must see, and that before what only waits, with the
 * shortest of their waits, since what waits longer is asked again then without being sent.
 */
export async function endTogether<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work);
  const failures = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (failures.length > 0) throw joinFailures(failures);
  return ended.map((end) => (end as PromiseFulfilledResult<T>).value);
}

function joinFailures(failures: readonly unknown[]): unknown {
  const waits = failures.filter((failure) => failure instanceof ApplicationFailure && isTriedAgain(failure));
  const other = failures.find((failure) => !waits.includes(failure));
  if (other !== undefined) return other;
  const told = waits as ApplicationFailure[];
  const { type, message, category } =
    told.find((failure) => failure.category !== 'BENIGN') ?? (told[0] as ApplicationFailure);
  const nextRetryDelay = Math.min(...told.map(waitOf));
  return ApplicationFailure.create({
    ...(type ? { type } : {}),
    ...(category ? { category } : {}),
    message,
    nextRetryDelay,
  });
}

const waitOf = ({ nextRetryDelay }: ApplicationFailure): number =>
  typeof nextRetryDelay === 'number' ? nextRetryDelay : Number.POSITIVE_INFINITY;

const isTriedAgain = (failure: ApplicationFailure): boolean =>
  !failure.nonRetryable && typeof failure.nextRetryDelay === 'number';
