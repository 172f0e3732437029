/** What activities share: the home's ledger, store and folders, and how to reach models. One per worker process. */
import type { Plan } from '../../contracts/plan.ts';
import type { Protocol } from '../../contracts/protocols.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Store } from './store.ts';

export interface ActivityContext {
  readonly ledger: Ledger;
  readonly store: Store;
  /** Where jobs keep their folders. */
  readonly jobs: string;
  /** Where outputs of studies lie: `<runs>/<study>/`. */
  readonly runs: string;
  /** Who claims keys: differs between processes. */
  readonly owner: string;
  /** The process that owns the home: jobs and servers end when it has gone. */
  readonly ownerPid: number;
  /** Project root: holds the trainer. */
  readonly root: string;
  /** Where the lab's servers answer, by protocol; undefined while it does not run. */
  readonly lab: Readonly<Partial<Record<Protocol, string | undefined>>>;
  /** Milliseconds until a model request without an answer is given up. */
  readonly deadline: number;
  readonly environment: NodeJS.ProcessEnv;
}

const plans = new Map<string, Promise<Plan>>();

/** The plan at a hash, read once per process. */
export function loadPlan({ store }: Pick<ActivityContext, 'store'>, hash: string): Promise<Plan> {
  const known = plans.get(hash);
  if (known) return known;
  const loading = store.get(hash).then((bytes) => JSON.parse(bytes.toString('utf8')) as Plan);
  plans.set(hash, loading);
  loading.catch(() => plans.delete(hash));
  return loading;
}
