/**
 * The requests of one process to one model: at most so many in flight, so many a minute, and in turn between studies. Every
 * call passes it just before it is sent; what waits here holds no claim and no money.
 */
import type { Usage } from '../../contracts/calls.ts';
import { TOKEN_RATES } from '../../contracts/messages.ts';
import { grow, setCeiling, shrink, startLimit, type Limit } from '../../domain/run/adaptive-limit.ts';

export type Tokens = Pick<Usage, 'inputTokens' | 'outputTokens'>;

export interface ModelPace {
  /** Requests of this process in flight; 0 while nothing may be sent. */
  readonly concurrency: number;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly inputTokensPerMinute?: number | undefined;
  readonly outputTokensPerMinute?: number | undefined;
}

export interface Turn {
  /** Studies that share a model take turns. */
  readonly plan: string;
  /** The most that the request may take. */
  readonly tokens: Tokens;
  /** Of a text that has replies: it goes before texts of its study that have none, so that few are half done. */
  readonly begun?: boolean;
  readonly signal: AbortSignal;
}

/** How a request went that had passed: `too much` is what its provider says of too many at once or a minute. */
export type Passage = 'answered' | 'too much' | 'other';

export interface Permit {
  /** Once the reply is there, before anything is done with it; only the first time counts. `used`: what it took. */
  readonly leave: (how: Passage, used?: Tokens) => void;
}

/** Nothing may be sent to the model now: whoever waits is to find out why, and to come back later. */
export class GateClosed extends Error {
  override readonly name = 'GateClosed';
}

/** Takes one request and its tokens from what may be sent in a minute: 0, or the milliseconds until there is enough. */
export type TakePace = (pace: ModelPace, tokens: Tokens) => Promise<number>;

/** Gives back tokens that were taken and not used. */
export type ReturnTokens = (pace: ModelPace, tokens: Tokens) => Promise<void>;

interface Waiter extends Turn {
  readonly pass: (permit: Permit) => void;
  readonly turnAway: (reason: unknown) => void;
}

/** A pause or another rate is noticed so soon, however long the wait for the next request is. */
const LONGEST_NAP_MS = 1_000;

export class ModelGate {
  readonly #take: TakePace;
  readonly #giveBack: ReturnTokens;
  #pace: ModelPace;
  #limit: Limit;
  #inFlight = 0;
  /** By study; the first is the next. */
  readonly #waiting = new Map<string, Waiter[]>();
  #busy = false;

  constructor(pace: ModelPace, take: TakePace, giveBack: ReturnTokens = async () => undefined) {
    this.#take = take;
    this.#giveBack = giveBack;
    this.#pace = pace;
    this.#limit = startLimit(pace.concurrency);
  }

  /** How many requests may be in flight at the moment. */
  get limit(): number {
    return Math.floor(this.#limit.value);
  }

  setPace(pace: ModelPace): void {
    this.#pace = pace;
    this.#limit = setCeiling(this.#limit, pace.concurrency);
    if (pace.concurrency === 0) this.#turnAllAway();
    else void this.#letPass();
  }

  /** Resolves when the request may be sent. Throws `GateClosed` while nothing may, and when `signal` aborts. */
  enter(turn: Turn): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (turn.signal.aborted) return reject(turn.signal.reason as Error);
      if (this.#pace.concurrency === 0) return reject(new GateClosed());
      const gone = () => this.#remove(waiter, turn.signal.reason);
      const end = () => turn.signal.removeEventListener('abort', gone);
      const waiter: Waiter = {
        ...turn,
        pass: (permit) => (end(), resolve(permit)),
        turnAway: (reason) => (end(), reject(reason as Error)),
      };
      turn.signal.addEventListener('abort', gone, { once: true });
      this.#queue(waiter);
      void this.#letPass();
    });
  }

  #queue(waiter: Waiter): void {
    const ofStudy = this.#waiting.get(waiter.plan);
    if (!ofStudy) return void this.#waiting.set(waiter.plan, [waiter]);
    const fresh = waiter.begun ? ofStudy.findIndex(({ begun }) => !begun) : -1;
    ofStudy.splice(fresh < 0 ? ofStudy.length : fresh, 0, waiter);
  }

  /** One at a time: the first in turn takes what it needs, and those behind it wait with it. */
  async #letPass(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let waiter = this.#first(); waiter && this.#inFlight < this.limit; waiter = this.#first()) {
        const wait = this.#isPaced ? await this.#takeFor(waiter) : 0;
        if (wait > 0) await this.#nap(wait);
        else if (wait === 0 && this.#shift(waiter)) this.#admit(waiter);
      }
    } finally {
      this.#busy = false;
    }
  }

  get #isPaced(): boolean {
    return this.#pace.requestsPerMinute !== undefined || this.#isPacedByTokens;
  }

  /** Negative when the waiter was turned away. */
  async #takeFor(waiter: Waiter): Promise<number> {
    try {
      return await this.#take(this.#pace, waiter.tokens);
    } catch (error) {
      this.#remove(waiter, error);
      return -1;
    }
  }

  #nap(wait: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, Math.min(wait, LONGEST_NAP_MS)).unref());
  }

  get #isPacedByTokens(): boolean {
    return TOKEN_RATES.some((kind) => this.#pace[kind] !== undefined);
  }

  /** The provider counts what a reply took; a ledger that cannot be written to leaves the model slower for a moment. */
  #returnUnused({ tokens }: Waiter, used: Tokens): void {
    if (!this.#isPacedByTokens) return;
    const unused = {
      inputTokens: Math.max(0, tokens.inputTokens - used.inputTokens),
      outputTokens: Math.max(0, tokens.outputTokens - used.outputTokens),
    };
    void this.#giveBack(this.#pace, unused).catch(() => undefined);
  }

  #admit(waiter: Waiter): void {
    const sent = performance.now();
    this.#inFlight += 1;
    let left = false;
    const leave = (how: Passage, used?: Tokens): void => {
      if (left) return;
      left = true;
      if (used) this.#returnUnused(waiter, used);
      if (how === 'answered') this.#limit = grow(this.#limit, this.#inFlight);
      if (how === 'too much') this.#limit = shrink(this.#limit, sent, performance.now());
      this.#inFlight -= 1;
      void this.#letPass();
    };
    waiter.pass({ leave });
  }

  #first(): Waiter | undefined {
    for (const [first] of this.#waiting.values()) return first;
    return undefined;
  }

  /** Takes it out, and puts its study behind the others. False when it has gone meanwhile. */
  #shift(waiter: Waiter): boolean {
    const ofStudy = this.#waiting.get(waiter.plan) ?? [];
    const at = ofStudy.indexOf(waiter);
    if (at < 0) return false;
    this.#waiting.delete(waiter.plan);
    ofStudy.splice(at, 1);
    if (ofStudy.length > 0) this.#waiting.set(waiter.plan, ofStudy);
    return true;
  }

  #remove(waiter: Waiter, reason: unknown): void {
    const ofStudy = this.#waiting.get(waiter.plan) ?? [];
    const at = ofStudy.indexOf(waiter);
    if (at < 0) return;
    ofStudy.splice(at, 1);
    if (ofStudy.length === 0) this.#waiting.delete(waiter.plan);
    waiter.turnAway(reason);
  }

  #turnAllAway(): void {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const waiter of all) waiter.turnAway(new GateClosed());
  }
}
