/** A study of a home for commands that need its ledger alone, whether somebody works on it or not. */
import { existsSync } from 'node:fs';
import { loadPlan } from '../activities/activity-context.ts';
import { Ledger } from '../activities/ledger/ledger.ts';
import { openLedger } from '../activities/ledger/open-ledger.ts';
import { Store } from '../activities/store.ts';
import { listStudies, type KnownStudy } from '../activities/studies.ts';
import type { Plan } from '../contracts/plan.ts';
import { openHome, resolveHomeDirectory } from '../infra/home/open-home.ts';
import { unknownStudy } from './commands/report.ts';

export interface OpenStudy {
  readonly ledger: Ledger;
  readonly study: KnownStudy;
  readonly plan: Plan;
}

export async function withStudy<T>(
  name: string,
  option: string | undefined,
  work: (open: OpenStudy) => Promise<T>,
): Promise<T> {
  const home = openHome(resolveHomeDirectory(option));
  if (!existsSync(home.ledger)) throw unknownStudy(name, []);
  const ledger = new Ledger(await openLedger(home.ledger));
  try {
    const studies = await listStudies(ledger.tables);
    const study = studies.find((candidate) => candidate.name === name);
    if (!study)
      throw unknownStudy(
        name,
        studies.map((known) => known.name),
      );
    return await work({ ledger, study, plan: await loadPlan({ store: new Store(home.store) }, study.plan) });
  } finally {
    await ledger.close();
  }
}
