/**
 * Plans which faults happen when: a pure function of seed and number of kills. Times are shares of the study's calls that
 * are in the ledger, so that the same faults happen on a slow machine and on a fast one.
 */
import { makeRandom, type Random } from '../lab/world/random.ts';

/** The parts that are killed with -9. `owner` is `etude start` itself, which chaos then starts again. */
export const PARTS = ['worker', 'temporal', 'trainer', 'student', 'owner'] as const;
export type Part = (typeof PARTS)[number];

export interface PlannedKill {
  readonly part: Part;
  readonly due: number;
}

/** `paused`: by `etude pause`; `locked`: another process has the ledger's write lock; `full`: the disk has no byte left. */
const HINDRANCES = ['paused', 'locked', 'full'] as const;
export type Hindrance = (typeof HINDRANCES)[number];

export interface PlannedHindrance {
  readonly kind: Hindrance;
  readonly due: number;
  readonly seconds: number;
}

/** From this time on the clock of the study's programs is wrong by so many hours. */
export interface PlannedJump {
  readonly due: number;
  readonly hours: number;
}

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Schedule {
  /** Sorted by the time at which they are due. */
  readonly kills: readonly PlannedKill[];
  /** How many more kills are for workers during an activity, one for each type of activity. */
  readonly caught: number;
  readonly hindrances: readonly PlannedHindrance[];
  /** Alternately forward and back. */
  readonly jumps: readonly PlannedJump[];
  /** Stretches in which the lab makes transport faults: half of the whole way. */
  readonly storms: readonly Stretch[];
}

/** Nothing becomes due after this share; kills that are left by then must be made before the study ends. */
export const LAST_DUE = 0.9;
const STORMS = 8;
const MOST_HOURS = 12;
const SECONDS: Readonly<Record<Hindrance, readonly [number, number]>> = {
  paused: [2, 5],
  locked: [1, 8],
  full: [2, 6],
};

export interface ScheduleInput {
  readonly seed: number;
  readonly kills: number;
  /** How many types of activity there are during which a worker is to be killed. */
  readonly types: number;
}

export function makeSchedule({ seed, kills, types }: ScheduleInput): Schedule {
  const caught = Math.min(types, Math.floor(kills / 3));
  return {
    kills: planKills(makeRandom(seed, 'chaos', 'kills'), kills - caught),
    caught,
    hindrances: planHindrances(makeRandom(seed, 'chaos', 'hindrances'), kills),
    jumps: planJumps(makeRandom(seed, 'chaos', 'jumps'), kills),
    storms: planStorms(makeRandom(seed, 'chaos', 'storms')),
  };
}

/** Plans few kills of trainings and student servers, as these fail for good after five losses without progress. */
function planKills(random: Random, count: number): PlannedKill[] {
  const trainer = Math.min(3, Math.floor(count / 5));
  const student = Math.min(4, Math.floor(count / 5));
  const owner = Math.ceil(count / 6);
  const temporal = Math.floor(count / 5);
  const anytime = [
    ...Array.from({ length: owner }, () => 'owner' as const),
    ...Array.from({ length: temporal }, () => 'temporal' as const),
    ...Array.from({ length: Math.max(0, count - trainer - student - owner - temporal) }, () => 'worker' as const),
  ].slice(0, count - trainer - student);
  const spread = random
    .sample(anytime, anytime.length)
    .map((part, index) => ({ part, due: ((index + random.share()) / anytime.length) * LAST_DUE }));
  // Trainings and servers run only for a short while, so their kills are due from the start and happen once one runs.
  const short = [...Array<Part>(trainer).fill('trainer'), ...Array<Part>(student).fill('student')];
  return [...short.map((part) => ({ part, due: 0 })), ...spread].sort((a, b) => a.due - b.due);
}

function planHindrances(random: Random, kills: number): PlannedHindrance[] {
  const rounds = Math.max(1, Math.round(kills / 16));
  return Array.from({ length: rounds }, (_, round) =>
    random.sample(HINDRANCES, HINDRANCES.length).map((kind, place) => {
      const [least, most] = SECONDS[kind];
      const at = (round + (place + random.share()) / HINDRANCES.length) / rounds;
      return { kind, due: at * LAST_DUE, seconds: least + random.share() * (most - least) };
    }),
  ).flat();
}

function planJumps(random: Random, kills: number): PlannedJump[] {
  const count = Math.max(2, Math.round(kills / 10));
  return Array.from({ length: count }, (_, index) => {
    const hours = 1 + random.share() * (MOST_HOURS - 1);
    return { due: ((index + random.share()) / count) * LAST_DUE, hours: index % 2 === 0 ? hours : -hours };
  });
}

/** One storm in each eighth of the way, in the first or the second half of it. */
const planStorms = (random: Random): Stretch[] =>
  Array.from({ length: STORMS }, (_, index) => {
    const from = (index + (random.chance(0.5) ? 0.5 : 0)) / STORMS;
    return { from, to: from + 0.5 / STORMS };
  });

export const isIn = (stretches: readonly Stretch[], at: number): boolean =>
  stretches.some(({ from, to }) => at >= from && at < to);
