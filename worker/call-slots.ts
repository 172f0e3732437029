/** The slots of one call queue: as many as may work at once, none while the queue may not send. What is sent, gates decide. */
import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';

/** Works by events only: it has no timer and does not poll. */
export class CallSlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  readonly #waiting = new Set<() => void>();
  #most: number;
  #given = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** 0 while nothing of the queue may be sent. */
  setMost(most: number): void {
    this.#most = most;
    this.#wake();
  }

  async reserveSlot(_: unknown, signal: AbortSignal): Promise<SlotPermit> {
    for (;;) {
      const permit = this.tryReserveSlot();
      if (permit) return permit;
      await this.#change(signal);
    }
  }

  tryReserveSlot(): SlotPermit | null {
    if (this.#given >= this.#most) return null;
    this.#given += 1;
    return {};
  }

  markSlotUsed(): void {}

  releaseSlot(): void {
    this.#given -= 1;
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
