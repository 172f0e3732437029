/** The same work for every way of doing it: texts in two turns by a teacher, each graded once. */
import type { Plan } from '../../contracts/plan.ts';
import { makePlan } from '../../domain/plan/make-plan.ts';
import { readLabCatalog } from '../../lab/world/lab-catalog.ts';
import { smallStudy } from '../../tests/support/small-study.ts';

export interface Workload {
  /** Calls in all; a text takes three. */
  readonly calls: number;
  readonly inFlight: number;
  readonly latencyMilliseconds: number;
  /** Of one activity; without it, what the product takes. */
  readonly callsPerActivity?: number;
}

/** What one round of one way took. */
export interface Measured {
  readonly calls: number;
  readonly seconds: number;
  /** Seconds of CPU by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Seconds of CPU of all programs of the machine meanwhile. */
  readonly machine: number;
  /** Of all histories. */
  readonly events?: number;
}

export const CALLS_OF_TEXT = 3;
export const textsOf = ({ calls }: Workload): number => Math.floor(calls / CALLS_OF_TEXT);

/** `seed` makes another plan, so that no round finds replies of an earlier one. */
export function planOf(workload: Workload, seed: number): Plan {
  const texts = textsOf(workload);
  const study = smallStudy({
    name: 'overhead',
    seed,
    compose: { kept: { 3: texts }, maxPlanned: { 3: texts }, wave: texts },
    arms: [{ id: '3', take: { 3: 'all' } }],
  });
  return makePlan(study, readLabCatalog());
}
