/** Opens a study for commands that need no server: report, export and import. */
import { analyseStudy } from '../../activities/analysis/analyse-study.ts';
import { writeOutputs, type Outputs } from '../../activities/analysis/write-outputs.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import type { KnownStudy } from '../../activities/ledger/studies.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import { Store } from '../../activities/shared/store.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { MACHINE_CLOCK } from '../../infra/processes/clock.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { withStudyOf } from './with-study.ts';

export const writeReport = (home: Home, name: string): Promise<Outputs> => openOffline(home, name, writeOffline);

export async function writeOffline({ context, known, plan }: OfflineStudy): Promise<Outputs> {
  const analysis = await analyseStudy(context, plan, known.plan);
  return writeOutputs(context, { plan, hash: known.plan, runtime: known.runtime, analysis });
}

/** A study whose plan, ledger and files can be read while no server runs. */
export interface OfflineStudy {
  readonly context: ActivityContext;
  readonly known: KnownStudy;
  readonly plan: Plan;
}

export const openOffline = <T>(home: Home, name: string, work: (study: OfflineStudy) => Promise<T>): Promise<T> =>
  withStudyOf(home, name, ({ ledger, study, plan }) =>
    work({ context: offlineContext(home, ledger), known: study, plan }),
  );

/** A context for activities that only read: it has no API keys and no address of a model server. */
export function offlineContext(home: Home, ledger: Ledger): ActivityContext {
  return {
    ledger,
    store: new Store(home.store),
    jobs: home.jobs,
    runs: home.runs,
    owner: 'report',
    clock: MACHINE_CLOCK,
    root: ROOT,
    lab: { openai: undefined, anthropic: undefined },
    deadline: 0,
    environment: {},
  };
}
