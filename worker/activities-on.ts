import type { Activities } from '../activities/make-activities.ts';
import { QUEUES, type QueueKind, type ServedBy } from '../contracts/queues.ts';

/** Those that a queue serves, and no other. */
export function activitiesOn<Kind extends QueueKind>(
  kind: Kind,
  activities: Activities,
): Pick<Activities, ServedBy<Kind>> {
  const served: readonly string[] = QUEUES[kind];
  const picked = Object.entries(activities).filter(([name]) => served.includes(name));
  return Object.fromEntries(picked) as Pick<Activities, ServedBy<Kind>>;
}
