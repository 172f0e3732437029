/** The slots of one call queue: as many as its provider accepts at once, none while the queue may not send. */
import { ApplicationFailure } from '@temporalio/common';
import {
  Runtime,
  type ActivityInterceptorsFactory,
  type ActivitySlotInfo,
  type CustomSlotSupplier,
  type SlotPermit,
} from '@temporalio/worker';
import { FAILURES } from '../contracts/failures.ts';
import { grow, setCeiling, shrink, startLimit, type Limit } from './adaptive-limit.ts';

const TOO_MUCH: readonly unknown[] = [FAILURES.rateLimit, FAILURES.overload];

/** Works by events only: it has no timer and does not poll. */
export class CallSlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  readonly #queue: string;
  readonly #waiting = new Set<() => void>();
  #limit: Limit;
  #given = 0;
  #inFlight = 0;

  constructor(queue: string, ceiling: number) {
    this.#queue = queue;
    this.#limit = startLimit(ceiling);
  }

  get limit(): number {
    return Math.floor(this.#limit.value);
  }

  /** Sets the most requests in flight; 0 while nothing of the queue may be sent. */
  setCeiling(ceiling: number): void {
    this.#set(setCeiling(this.#limit, ceiling));
  }

  async reserveSlot(_: unknown, signal: AbortSignal): Promise<SlotPermit> {
    for (;;) {
      const permit = this.tryReserveSlot();
      if (permit) return permit;
      await this.#change(signal);
    }
  }

  tryReserveSlot(): SlotPermit | null {
    if (this.#given >= this.limit) return null;
    this.#given += 1;
    return {};
  }

  markSlotUsed(): void {
    this.#inFlight += 1;
  }

  releaseSlot({ slotInfo }: { slotInfo?: ActivitySlotInfo }): void {
    this.#given -= 1;
    if (slotInfo) this.#inFlight -= 1;
    this.#wake();
  }

  /** Adapts the limit to how calls end. */
  readonly interceptor: ActivityInterceptorsFactory = () => ({
    inbound: {
      execute: async (input, next) => {
        const sent = performance.now();
        try {
          const result = await next(input);
          this.#set(grow(this.#limit, this.#inFlight));
          return result;
        } catch (error) {
          if (error instanceof ApplicationFailure && TOO_MUCH.includes(error.type))
            this.#set(shrink(this.#limit, sent, performance.now()));
          throw error;
        }
      },
    },
  });

  #set(limit: Limit): void {
    const before = this.limit;
    this.#limit = limit;
    if (this.limit === before) return;
    Runtime.instance().logger.debug('requests in flight', { queue: this.#queue, limit: this.limit, before });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (resume: () => void) => () => {
        this.#waiting.delete(woken);
        signal.removeEventListener('abort', aborted);
        resume();
      };
      const woken = end(resolve);
      const aborted = end(() => reject(signal.reason as Error));
      this.#waiting.add(woken);
      signal.addEventListener('abort', aborted, { once: true });
      if (signal.aborted) aborted();
    });
  }
}
