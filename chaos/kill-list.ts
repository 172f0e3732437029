/** Decides which kills are due, by the study's progress and by how many deaths the owner of a home tolerates. */
import { LAST_DUE, type Part, type PlannedKill } from './schedule.ts';

/** The owner gives up when a part ends five times within a minute, so at most four deaths may fall into that time. */
const MOST_DEATHS = 4;
const WITHIN_MS = 62_000;
/** Deaths kept in reserve for killing a worker inside an activity, because some activities run only once. */
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

  /** Parts that are to be killed as soon as they run. */
  due(progress: number): Part[] {
    return [...new Set(this.#left.filter(({ due }) => due <= progress).map(({ part }) => part))];
  }

  backlog(progress: number): number {
    return this.#left.filter(({ part, due }) => due <= progress && part !== 'trainer' && part !== 'student').length;
  }

  /** Whether the owner would still restart the part if it were killed now. */
  bearable(part: Part, now: number, { caught = false } = {}): boolean {
    if (this.#deaths.some(({ at }) => now - at < LEAST_GAP_MS)) return false;
    if (part === 'owner') return true;
    const recent = this.#deaths.filter((death) => death.part === part && now - death.at < WITHIN_MS).length;
    return recent < MOST_DEATHS - (caught ? 0 : SPARED);
  }

  /** Records a death: a planned one, or, with `caught`, of a worker inside an activity. */
  note(part: Part, now: number, { caught = false } = {}): void {
    // A new owner starts its own count of deaths.
    this.#deaths = part === 'owner' ? [] : this.#deaths.filter(({ at }) => now - at < WITHIN_MS);
    this.#deaths.push({ part, at: now });
    const index = this.#left.findIndex((kill) => kill.part === part);
    if (!caught && index >= 0) this.#left.splice(index, 1);
  }

  /** Adds kills of workers in place of those that could not be made. */
  makeUp(count: number): void {
    this.#left.push(...Array.from({ length: count }, () => ({ part: 'worker' as const, due: 0 })));
  }

  /** Near the end no training or student server runs any more: plans kills of workers in their place. */
  giveUpShortLived(): void {
    for (const [index, { part }] of this.#left.entries())
      if (part === 'trainer' || part === 'student') this.#left[index] = { part: 'worker', due: LAST_DUE };
  }
}
