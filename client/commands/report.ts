/** `etude report STUDY`: writes results and report again from plan and ledger, offline: no server, no call, no cost. */
import { existsSync } from 'node:fs';
import { analyseStudy } from '../../activities/analysis/analyse-study.ts';
import { writeOutputs, type Outputs } from '../../activities/analysis/write-outputs.ts';
import { loadPlan, type ActivityContext } from '../../activities/activity-context.ts';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { Store } from '../../activities/store.ts';
import { findStudy, listStudies, type KnownStudy } from '../../activities/studies.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { nearestOf } from '../../domain/nearest.ts';
import { openHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import type { Terminal } from '../terminal.ts';

export async function reportStudy(name: string, options: { home?: string }, terminal: Terminal): Promise<void> {
  const { report, results, directory } = await writeReport(openHome(resolveHomeDirectory(options.home)), name);
  terminal.finish({ study: name, directory, report, results: results ?? null }, () => {
    terminal.say(`Report   ${report}`);
    terminal.say(
      results
        ? `Results  ${results}`
        : 'The study is not finished: the report shows what is known, and no results.json was written.',
    );
  });
}

export const writeReport = (home: Home, name: string): Promise<Outputs> => openOffline(home, name, writeOffline);

export async function writeOffline({ context, known, plan }: OfflineStudy): Promise<Outputs> {
  const analysis = await analyseStudy(context, plan, known.plan);
  return writeOutputs(context, { plan, hash: known.plan, runtime: known.runtime, analysis });
}

/** A study of a home, without any service. */
export interface OfflineStudy {
  readonly context: ActivityContext;
  readonly known: KnownStudy;
  readonly plan: Plan;
}

export async function openOffline<T>(home: Home, name: string, work: (study: OfflineStudy) => Promise<T>): Promise<T> {
  if (!existsSync(home.ledger)) throw unknownStudy(name, []);
  const ledger = new Ledger(await openLedger(home.ledger));
  try {
    const known = await findStudy(ledger.tables, name);
    if (!known)
      throw unknownStudy(
        name,
        (await listStudies(ledger.tables)).map((study) => study.name),
      );
    const context = offlineContext(home, ledger);
    return await work({ context, known, plan: await loadPlan(context, known.plan) });
  } finally {
    await ledger.close();
  }
}

export const unknownStudy = (name: string, known: readonly string[]): UserError =>
  new UserError(
    `No study "${name}" is known in this home.${nearestOf(name, known)}`,
    known.length > 0 ? `Known: ${known.join(', ')}.` : 'Start one: `./etude start studies/lab.yaml`.',
  );

/** Analysis reads and never asks: nothing here reaches a model. */
function offlineContext(home: Home, ledger: Ledger): ActivityContext {
  return {
    ledger,
    store: new Store(home.store),
    jobs: home.jobs,
    runs: home.runs,
    owner: 'report',
    ownerPid: process.pid,
    root: ROOT,
    lab: { openai: undefined, anthropic: undefined },
    deadline: 0,
    environment: {},
  };
}
