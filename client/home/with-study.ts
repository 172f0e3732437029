/** Opens a study for commands that need only the ledger, whether or not `./etude start` is running. */
import { existsSync } from 'node:fs';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { listStudies, type KnownStudy } from '../../activities/ledger/studies.ts';
import { loadPlan } from '../../activities/shared/activity-context.ts';
import { Store } from '../../activities/shared/store.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { nearestOf } from '../../domain/basics/nearest.ts';
import { requireHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';

export interface OpenStudy {
  readonly home: Home;
  readonly ledger: Ledger;
  readonly study: KnownStudy;
  readonly plan: Plan;
}

/** Returns undefined in a home that has no ledger yet, because no study was started there. */
export async function withLedger<T>(home: Home, work: (ledger: Ledger) => Promise<T>): Promise<T | undefined> {
  if (!existsSync(home.ledger)) return undefined;
  const ledger = new Ledger(await openLedger(home.ledger));
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

export const withStudy = <T>(
  name: string,
  option: string | undefined,
  work: (open: OpenStudy) => Promise<T>,
): Promise<T> => withStudyOf(requireHome(resolveHomeDirectory(option)), name, work);

export async function withStudyOf<T>(home: Home, name: string, work: (open: OpenStudy) => Promise<T>): Promise<T> {
  const done = await withLedger(home, async (ledger) => {
    const study = requireStudy(name, await listStudies(ledger.tables));
    const plan = await loadPlan({ store: new Store(home.store) }, study.plan);
    return { value: await work({ home, ledger, study, plan }) };
  });
  if (!done) throw unknownStudy(name, []);
  return done.value;
}

function requireStudy(name: string, known: readonly KnownStudy[]): KnownStudy {
  const study = known.find((candidate) => candidate.name === name);
  if (study) return study;
  throw unknownStudy(
    name,
    known.map((other) => other.name),
  );
}

export const unknownStudy = (name: string, known: readonly string[]): UserError =>
  new UserError(
    `There is no study "${name}" in this home.${nearestOf(name, known)}`,
    known.length > 0 ? `Its studies: ${known.join(', ')}.` : 'Start one: `./etude start studies/lab.yaml`.',
  );
