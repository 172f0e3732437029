/**
 * The time of day of the study's own programs (owner, workers, commands), which can be set. Not that of the Temporal
 * server, of the part of a worker that is no JavaScript, of trainings and student servers, nor of the lab.
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

  /** Of programs that go by it. */
  get env(): NodeJS.ProcessEnv {
    const before = process.env['NODE_OPTIONS'] ?? '';
    return { NODE_OPTIONS: `${before} --import ${PRELOAD.href}`.trim(), ETUDE_CHAOS_CLOCK: this.#file };
  }

  /** Wrong by so many hours from now on. Returns by how many it was moved. */
  set(hours: number): number {
    const moved = hours - this.#wrongBy;
    this.#write(hours);
    return moved;
  }

  /** In one step: nobody reads half of it. */
  #write(hours: number): void {
    this.#wrongBy = hours;
    writeFileSync(`${this.#file}.new`, String(Math.round(hours * HOUR_MS)));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
