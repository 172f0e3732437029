/**
 * What goes wrong, and when: a pure function of seed and number of kills. A time is a share of the study's calls that
 * are in the ledger, so that a slow machine meets the same faults as a fast one.
 */
import { makeRandom, type Random } from '../lab/world/random.ts';

/** What is killed with -9. `owner` is `etude start` itself, which is then started again. */
export const PARTS = ['worker', 'temporal', 'trainer', 'student', 'owner'] as const;
export type Part = (typeof PARTS)[number];

export interface PlannedKill {
  readonly part: Part;
  readonly due: number;
}

/** `paused`: by `etude pause`; `locked`: another process holds the ledger's write lock; `full`: no byte is left on the disk. */
export const HINDRANCES = ['paused', 'locked', 'full'] as const;
export type Hindrance = (typeof HINDRANCES)[number];

export interface PlannedHindrance {
  readonly kind: Hindrance;
  readonly due: number;
  readonly seconds: number;
}

/** The clock of the study's programs is set: from then on it is wrong by so many hours. */
export interface PlannedJump {
  readonly due: number;
  readonly hours: number;
}

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Schedule {
  /** In the order in which they are due. */
  readonly kills: readonly PlannedKill[];
  /** Kills that are kept for workers caught in the middle of an activity, one for each type. */
  readonly caught: number;
  readonly hindrances: readonly PlannedHindrance[];
  /** Forward and back in turns. */
  readonly jumps: readonly PlannedJump[];
  /** Where transport faults fall on the provider's requests: half of the way. */
  readonly storms: readonly Stretch[];
}

/** After this share nothing new becomes due: what is left is made up for before the study may end. */
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
  /** How many types of activity there are to be caught. */
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

/** Trainings and student servers are given up after five losses at one place: few of their deaths fit. */
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
  // They live for a short while, at a time of their own: due from the start, killed when they are there.
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

/** One in each eighth of the way, in its first or its second half. */
const planStorms = (random: Random): Stretch[] =>
  Array.from({ length: STORMS }, (_, index) => {
    const from = (index + (random.chance(0.5) ? 0.5 : 0)) / STORMS;
    return { from, to: from + 0.5 / STORMS };
  });

export const isIn = (stretches: readonly Stretch[], at: number): boolean =>
  stretches.some(({ from, to }) => at >= from && at < to);
