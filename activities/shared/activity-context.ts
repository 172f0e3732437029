/** What all activities of a worker process share: the home's ledger, store and folders, and how to reach models. */
import type { Plan } from '../../contracts/plan.ts';
import type { Protocol } from '../../contracts/protocols.ts';
import { planHash } from '../../domain/plan/make-plan.ts';
import type { Clock } from '../../infra/processes/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ModelGates } from '../pacing/model-gates.ts';
import type { Store } from './store.ts';

export interface ActivityContext {
  readonly ledger: Ledger;
  readonly store: Store;
  /** The folder that contains a folder for each job. */
  readonly jobs: string;
  /** The folder for outputs of studies: `<runs>/<study>/`. */
  readonly runs: string;
  /** Names this process in claims; begins with its process id, and is never used by another process. */
  readonly owner: string;
  /** The project's folder, which contains the trainer and the catalogs. */
  readonly root: string;
  /** Addresses of the lab's servers by protocol; undefined while the lab does not run. */
  readonly lab: Readonly<Partial<Record<Protocol, string | undefined>>>;
  /** Milliseconds to wait for the answer to a model request. */
  readonly deadline: number;
  /** Milliseconds in which a batch takes more requests after its latest; without it, as `batches/queue-room.ts` says. */
  readonly batchQuiet?: number;
  readonly environment: NodeJS.ProcessEnv;
  /** For waits of this process. What other workers see counts by `ledger/uptime.ts`. */
  readonly clock: Clock;
  /** Of a worker: what its requests pass before they are sent. Commands that ask have none. */
  readonly gates?: ModelGates;
}

const plans = new Map<string, Promise<Plan>>();

/** Loads a plan by its hash from the store, once per process. */
export function loadPlan({ store }: Pick<ActivityContext, 'store'>, hash: string): Promise<Plan> {
  const known = plans.get(hash);
  if (known) return known;
  const loading = store.get(hash).then((bytes) => JSON.parse(bytes.toString('utf8')) as Plan);
  plans.set(hash, loading);
  loading.catch(() => plans.delete(hash));
  return loading;
}

const hashes = new WeakMap<Plan, string>();

export function hashOfPlan(plan: Plan): string {
  const known = hashes.get(plan) ?? planHash(plan);
  hashes.set(plan, known);
  return known;
}
