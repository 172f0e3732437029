/** Which kills are due: kept in step with the study's calls, and within what the owner of a home puts up with. */
import { LAST_DUE, type Part, type PlannedKill } from './schedule.ts';

/** A part that ends five times within a minute makes its owner give up: one death less is what it must bear. */
const MOST_DEATHS = 4;
const WITHIN_MS = 62_000;
/** Left for workers that are caught in an activity, which may come only once. */
const SPARED = 1;
const LEAST_GAP_MS = 1_000;

export class KillList {
  readonly #left: PlannedKill[];
  #deaths: { readonly part: Part; readonly at: number }[] = [];

  constructor(planned: readonly PlannedKill[]) {
    this.#left = [...planned];
  }

  get left(): number {
    return this.#left.length;
  }

  /** Parts that are to be killed as soon as they are there. */
  due(progress: number): Part[] {
    return [...new Set(this.#left.filter(({ due }) => due <= progress).map(({ part }) => part))];
  }

  backlog(progress: number): number {
    return this.#left.filter(({ part, due }) => due <= progress && part !== 'trainer' && part !== 'student').length;
  }

  /** Whether the owner starts it again if it is killed now. */
  bearable(part: Part, now: number, { caught = false } = {}): boolean {
    if (this.#deaths.some(({ at }) => now - at < LEAST_GAP_MS)) return false;
    if (part === 'owner') return true;
    const recent = this.#deaths.filter((death) => death.part === part && now - death.at < WITHIN_MS).length;
    return recent < MOST_DEATHS - (caught ? 0 : SPARED);
  }

  /** A death that was planned, or of a worker that was caught. */
  note(part: Part, now: number, { caught = false } = {}): void {
    // A new owner counts anew.
    this.#deaths = part === 'owner' ? [] : this.#deaths.filter(({ at }) => now - at < WITHIN_MS);
    this.#deaths.push({ part, at: now });
    const index = this.#left.findIndex((kill) => kill.part === part);
    if (!caught && index >= 0) this.#left.splice(index, 1);
  }

  /** Adds kills of workers for what did not come about. */
  makeUp(count: number): void {
    this.#left.push(...Array.from({ length: count }, () => ({ part: 'worker' as const, due: 0 })));
  }

  /** Near the end, what no longer runs cannot be killed: workers are, instead. */
  giveUpShortLived(): void {
    for (const [index, { part }] of this.#left.entries())
      if (part === 'trainer' || part === 'student') this.#left[index] = { part: 'worker', due: LAST_DUE };
  }
}
