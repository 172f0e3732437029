/**
 * Sets the time of day of the study's own programs: owner, workers and commands. It does not change the clock of the
 * Temporal server, of a worker's Rust core, of trainings, student servers and the lab.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PRELOAD = new URL('./jump-clock.mjs', import.meta.url);
const HOUR_MS = 3_600_000;

export class Clock {
  readonly #file: string;
  #wrongBy = 0;

  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    this.#write(0);
  }

  /** Environment variables for the programs whose clock is to be set. */
  get env(): NodeJS.ProcessEnv {
    const before = process.env['NODE_OPTIONS'] ?? '';
    return { NODE_OPTIONS: `${before} --import ${PRELOAD.href}`.trim(), ETUDE_CHAOS_CLOCK: this.#file };
  }

  /** Makes the clock wrong by so many hours from now on. Returns by how many hours that moves it. */
  set(hours: number): number {
    const moved = hours - this.#wrongBy;
    this.#write(hours);
    return moved;
  }

  /** Renames a new file over the old one, so that no program reads half of a number. */
  #write(hours: number): void {
    this.#wrongBy = hours;
    writeFileSync(`${this.#file}.new`, String(Math.round(hours * HOUR_MS)));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
