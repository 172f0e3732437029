/** Sets the lab's faults by progress: calm, storms of transport faults, or a brake while kills are behind schedule. */
import type { FaultsInput } from '../lab/servers/faults.ts';
import type { Lab } from '../lab/servers/lab-server.ts';
import { isIn, type Stretch } from './schedule.ts';

export type Weather = 'calm' | 'storm' | 'brake';

const LATENCY_MS = 150;

/** Every kind of transport fault except `quota` (an empty account), since a study would wait for a person. */
const STORM = {
  rateLimit: 0.1,
  serverError: 0.06,
  overloaded: 0.06,
  slow: 0.05,
  hung: 0.02,
  cut: 0.06,
  brokenEnvelope: 0.06,
};

/** Faults of batches; every item is answered in the end, some only in a further batch. */
const STORMY_BATCHES = { expire: 0.05, fail: 0.05, garbled: 0.05, submitCut: 0.2 };
const DELAY_SECONDS: [number, number] = [1, 4];

const faultsOf = (weather: Weather, seed: number): FaultsInput => {
  const calm = { seed, latencyMilliseconds: LATENCY_MS, batches: { delaySeconds: DELAY_SECONDS } };
  if (weather === 'storm')
    return { ...calm, transport: STORM, slowMilliseconds: 1_500, batches: { ...calm.batches, ...STORMY_BATCHES } };
  if (weather === 'brake') return { ...calm, latencyMilliseconds: 1_000, transport: { rateLimit: 0.85 } };
  return calm;
};

export class WeatherMaker {
  readonly #lab: Lab;
  readonly #seed: number;
  readonly #storms: readonly Stretch[];
  #now: Weather | undefined;

  constructor(lab: Lab, seed: number, storms: readonly Stretch[]) {
    this.#lab = lab;
    this.#seed = seed;
    this.#storms = storms;
  }

  set(progress: number, { brake }: { brake: boolean }): void {
    const next = brake ? 'brake' : isIn(this.#storms, progress) ? 'storm' : 'calm';
    if (next === this.#now) return;
    this.#now = next;
    this.#lab.setFaults(faultsOf(next, this.#seed));
  }
}
