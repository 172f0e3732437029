/** The gates of a process, one for each model or student, by its name in `rates`. */
import type { Ledger } from '../ledger/ledger.ts';
import { returnTokens, takePace } from '../ledger/take-pace.ts';
import { ModelGate, type ModelPace } from './model-gate.ts';

export class ModelGates {
  readonly #ledger: Ledger;
  readonly #gates = new Map<string, ModelGate>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Undefined for a model whose pace nobody has named yet: it may not be asked. */
  find(model: string): ModelGate | undefined {
    return this.#gates.get(model);
  }

  setPace(model: string, pace: ModelPace): void {
    const known = this.#gates.get(model);
    if (known) return known.setPace(pace);
    const { tables } = this.#ledger;
    const gate = new ModelGate(
      pace,
      (now, tokens) => takePace(tables, model, now, tokens),
      (now, tokens) => returnTokens(tables, model, now, tokens),
    );
    this.#gates.set(model, gate);
  }
}
