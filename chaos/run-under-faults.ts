/** Runs the study to its end while the faults of the schedule happen to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activities } from '../activities/make-activities.ts';
import type { Lab } from '../lab/servers/lab-server.ts';
import { makeRandom } from '../lab/world/random.ts';
import type { Clock } from './clock.ts';
import { noteCommits } from './commit-times.ts';
import { hinder, letGo } from './hindrances.ts';
import { KillList } from './kill-list.ts';
import { countCalls, countClaims, listHeld } from './ledger-view.ts';
import { KILLED, readEnd, startOwner, type Owner, type OwnerInput, isFinished } from './owner.ts';
import {
  LAST_DUE,
  makeSchedule,
  type Hindrance,
  type Part,
  type PlannedHindrance,
  type PlannedJump,
} from './schedule.ts';
import { slowDown } from './slow-writes.ts';
import { findVictims, kill9 } from './victims.ts';
import { ActivityWatch } from './watch-activities.ts';
import { WeatherMaker } from './weather.ts';

/** The types of activity during which a worker is to be killed ("caught"). */
const TYPES = [
  ...(['askTexts', 'countKept', 'settleShard', 'analyse'] as const),
  ...(['trainBase', 'tuneStudent', 'failArm', 'serveStudent', 'awaitServed'] as const),
];
const typesOf = (batch: boolean): readonly (keyof Activities)[] => [
  ...TYPES,
  ...(batch ? (['writeBatch', 'gradeBatch'] as const) : []),
];

export interface UnderFaultsInput extends OwnerInput {
  readonly seed: number;
  readonly kills: number;
  readonly batch: boolean;
  readonly lab: Lab;
  /** The clock of the programs that get `env`. */
  readonly clock: Clock;
  /** Calls of the same study without faults. */
  readonly expectedCalls: number;
  readonly say: (line: string) => void;
}

export interface UnderFaults {
  readonly killed: Readonly<Record<Part, number>>;
  readonly caught: readonly string[];
  readonly hindered: Readonly<Record<Hindrance, number>>;
  /** How often the clock was set. */
  readonly jumped: Readonly<Record<'forward' | 'back', number>>;
  readonly heldAtKills: number;
  /** The end of the owner's log, for each time that it ended by itself without results. */
  readonly gaveUp: readonly string[];
}

const TICK_MS = 50;
const MOST_OF_ONE_JOB = 2;
const LOOK_AT_HOLDS_MS = 3_000;
const JOB_GAP_MS = 10_000;
const STUCK_MS = 10 * 60_000;
const MOST_GIVEN_UP = 10;

export async function runUnderFaults(input: UnderFaultsInput): Promise<UnderFaults> {
  const chaos = new Chaos(input);
  try {
    await chaos.run();
    return chaos.result;
  } finally {
    await chaos.close();
  }
}

class Chaos {
  readonly #input: UnderFaultsInput;
  readonly #watch: ActivityWatch;
  readonly #weather: WeatherMaker;
  readonly #kills: KillList;
  readonly #wanted: Set<string>;
  readonly #hindrances: PlannedHindrance[];
  readonly #jumps: PlannedJump[];
  readonly #jobs = new Map<string, { times: number; at: number }>();
  readonly #killed: Record<Part, number> = { worker: 0, temporal: 0, trainer: 0, student: 0, owner: 0 };
  readonly #hindered: Record<Hindrance, number> = { paused: 0, locked: 0, full: 0 };
  readonly #jumped = { forward: 0, back: 0 };
  readonly #caught: string[] = [];
  readonly #gaveUp: string[] = [];
  #owner: Owner;
  #hindering: { kind: Hindrance; over: Promise<void> } | undefined;
  #slowed = '';
  #letting = false;
  #looked = 0;
  #noted = false;
  #heldAtKills = 0;
  #progress = 0;
  #moved = Date.now();

  constructor(input: UnderFaultsInput) {
    const { seed, kills, batch, lab } = input;
    const types = typesOf(batch);
    const schedule = makeSchedule({ seed, kills, types: types.length });
    this.#input = input;
    this.#watch = new ActivityWatch(input.home);
    this.#weather = new WeatherMaker(lab, seed, schedule.storms);
    this.#kills = new KillList(schedule.kills);
    this.#wanted = new Set<string>(makeRandom(seed, 'chaos', 'types').sample(types, schedule.caught));
    this.#hindrances = [...schedule.hindrances];
    this.#jumps = [...schedule.jumps];
    this.#weather.set(0, { brake: false });
    this.#owner = startOwner(input);
  }

  get result(): UnderFaults {
    return {
      killed: this.#killed,
      caught: this.#caught,
      hindered: this.#hindered,
      jumped: this.#jumped,
      heldAtKills: this.#heldAtKills,
      gaveUp: this.#gaveUp,
    };
  }

  async run(): Promise<void> {
    while (await this.#isRunning()) {
      this.#update();
      this.#startHindrance();
      this.#letHeldGo();
      this.#setClock();
      await this.#catchWorker();
      await this.#killDue();
      await sleep(TICK_MS);
    }
    await this.#hindering?.over;
  }

  async close(): Promise<void> {
    await this.#watch.close();
    await this.#owner.stop();
  }

  /** False once the study is finished. Restarts an owner that was killed or gave up. */
  async #isRunning(): Promise<boolean> {
    const code = this.#owner.ended();
    if (isFinished(code)) return false;
    if (code !== null) {
      if (code !== KILLED) {
        this.#gaveUp.push(readEnd(this.#input.logFile));
        this.#input.say(`etude start ended with exit code ${code}: ${this.#gaveUp.at(-1)}`);
        if (this.#gaveUp.length >= MOST_GIVEN_UP) throw new Error(`etude start gave up ${MOST_GIVEN_UP} times`);
        await sleep(1_000);
      }
      this.#owner = startOwner(this.#input);
    }
    if (Date.now() - this.#moved > STUCK_MS)
      throw new Error(`no progress for ten minutes; open activities: ${JSON.stringify(await this.#watch.working())}`);
    return true;
  }

  /** Reads the progress, and adapts the lab's faults, the kills and the slow tables to it. */
  #update(): void {
    const calls = countCalls(this.#input.home);
    // A ledger without its tables must not be changed: with our tables alone the owner would refuse it as foreign.
    if (calls === undefined) return;
    const progress = calls / this.#input.expectedCalls;
    if (progress > this.#progress) {
      this.#progress = progress;
      this.#moved = Date.now();
    }
    const last = this.#progress >= LAST_DUE;
    if (last) {
      this.#kills.giveUpShortLived();
      const missed = [...this.#wanted].filter((type) => type !== 'analyse' && type !== 'settleShard');
      if (this.#progress >= NEARLY_DONE && missed.length > 0) {
        for (const type of missed) this.#wanted.delete(type);
        this.#kills.makeUp(missed.length);
      }
    }
    this.#noted ||= noteCommits(this.#input.home);
    const behind = this.#kills.backlog(this.#progress);
    this.#weather.set(this.#progress, { brake: behind >= 3 || (last && this.#kills.left > 0) });
    const wanted = [...this.#wanted].sort().join();
    if (wanted !== this.#slowed && slowDown(this.#input.home, this.#wanted)) this.#slowed = wanted;
  }

  #startHindrance(): void {
    if (this.#hindering) return;
    const index = this.#hindrances.findIndex(({ kind, due }) => due <= this.#progress && this.#mayHinder(kind));
    const [hindrance] = index < 0 ? [] : this.#hindrances.splice(index, 1);
    if (!hindrance) return;
    const { say } = this.#input;
    const over = hinder(this.#input, hindrance).then((came) => {
      if (came) this.#hindered[hindrance.kind] += 1;
      say(`${this.#at()} ${hindrance.kind} for ${hindrance.seconds.toFixed(1)} s${came ? '' : ': not possible now'}`);
      this.#hindering = undefined;
    });
    this.#hindering = { kind: hindrance.kind, over };
  }

  /** One at a time: a person who sees what is held. */
  #letHeldGo(): void {
    if (this.#letting || Date.now() - this.#looked < LOOK_AT_HOLDS_MS) return;
    this.#looked = Date.now();
    const [provider] = listHeld(this.#input.home);
    if (provider === undefined) return;
    this.#letting = true;
    void letGo(this.#input, provider).then((done) => {
      if (done) this.#input.say(`${this.#at()} ${provider} was held, and goes again`);
      this.#letting = false;
    });
  }

  /** Sets the clock if that is due, but only once the database itself notes times by the correct clock. */
  #setClock(): void {
    const [jump] = this.#jumps;
    if (!jump || jump.due > this.#progress || !this.#noted) return;
    this.#jumps.shift();
    const moved = this.#input.clock.set(jump.hours);
    const way = moved > 0 ? 'forward' : 'back';
    this.#jumped[way] += 1;
    this.#input.say(`${this.#at()} clock set ${way} by ${Math.abs(moved).toFixed(1)} hours`);
  }

  /** Fills no disk during a training: a training whose disk is full fails for good, as it should. */
  #mayHinder(kind: Hindrance): boolean {
    return kind !== 'full' || findVictims(this.#input.home, 'trainer').length === 0;
  }

  /** Kills the worker during an activity of a type during which none was killed yet. */
  async #catchWorker(): Promise<void> {
    if (this.#wanted.size === 0 || !this.#kills.bearable('worker', Date.now(), { caught: true })) return;
    const seen = (await this.#watch.working()).find(({ type }) => this.#wanted.has(type));
    const [worker] = seen ? findVictims(this.#input.home, 'worker') : [];
    if (!seen || !worker || !this.#kill('worker', worker.pid, { caught: true })) return;
    if (await this.#watch.isOpen(seen)) {
      this.#wanted.delete(seen.type);
      this.#caught.push(seen.type);
      this.#input.say(`${this.#at()} worker killed during ${seen.type}`);
      return;
    }
    this.#input.say(`${this.#at()} worker killed just after ${seen.type}`);
  }

  async #killDue(): Promise<void> {
    for (const part of this.#kills.due(this.#progress)) {
      if (!this.#kills.bearable(part, Date.now()) || (this.#hindering?.kind === 'full' && part !== 'worker')) continue;
      const victim = findVictims(this.#input.home, part).find(({ command }) => this.#mayLose(part, command));
      if (!victim || !this.#kill(part, victim.pid)) continue;
      this.#input.say(`${this.#at()} ${part} killed`);
      if (part === 'owner') await this.#owner.exited;
    }
  }

  #kill(part: Part, pid: number, { caught = false } = {}): boolean {
    if (!kill9(pid)) return false;
    this.#moved = Date.now();
    if (part === 'worker' || part === 'owner') this.#heldAtKills += countClaims(this.#input.home) ?? 0;
    this.#killed[part] += 1;
    this.#kills.note(part, Date.now(), { caught });
    return true;
  }

  /** Whether a job may be killed once more: after too many deaths without progress a job fails for good, as it should. */
  #mayLose(part: Part, command: string): boolean {
    if (part !== 'trainer' && part !== 'student') return true;
    const { times, at } = this.#jobs.get(command) ?? { times: 0, at: 0 };
    if (times >= MOST_OF_ONE_JOB || Date.now() - at < JOB_GAP_MS) return false;
    this.#jobs.set(command, { times: times + 1, at: Date.now() });
    return true;
  }

  #at(): string {
    const done = Object.values(this.#killed).reduce((sum, count) => sum + count, 0);
    return `${(100 * this.#progress).toFixed(0).padStart(3)} % of the calls, ${done} kills:`;
  }
}

const NEARLY_DONE = 0.97;
