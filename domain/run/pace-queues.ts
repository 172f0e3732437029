/** How fast each call queue may be worked off now, over all studies of a home. */
import type { Rate } from '../../contracts/runtime.ts';
import type { CallQueue } from './workflow-plan.ts';

/** The call queues of an unfinished study, and what keeps some of its calls from being sent now. */
export interface StudyCalls {
  readonly queues: readonly CallQueue[];
  readonly paused: boolean;
  /** Providers on hold. */
  readonly held: readonly string[];
  /** Priced models whose calls wait because the cap on spending is reached. */
  readonly unpaid: readonly string[];
}

export interface QueuePace {
  /** As in `rates`: `provider/model`, or a student's id. */
  readonly model: string;
  readonly rate: Rate;
  /** Whether any study may send calls of this queue. */
  readonly open: boolean;
}

/** Studies that share a model share its provider's limits, so the smallest of their rates applies. */
export function paceQueues(studies: readonly StudyCalls[]): Map<string, QueuePace> {
  const paces = new Map<string, QueuePace>();
  for (const { queues, paused, held, unpaid } of studies)
    for (const { name, rate, model } of queues) {
      const provider = model.includes('/') ? model.slice(0, model.indexOf('/')) : undefined;
      const open = !paused && !unpaid.includes(model) && (provider === undefined || !held.includes(provider));
      const known = paces.get(name);
      paces.set(
        name,
        known ? { model, rate: tightest(known.rate, rate), open: known.open || open } : { model, rate, open },
      );
    }
  return paces;
}

function tightest(a: Rate, b: Rate): Rate {
  const least = (x: number | undefined, y: number | undefined) => (x === undefined ? y : Math.min(x, y ?? x));
  return {
    requestsPerMinute: least(a.requestsPerMinute, b.requestsPerMinute),
    tokensPerMinute: least(a.tokensPerMinute, b.tokensPerMinute),
    inputTokensPerMinute: least(a.inputTokensPerMinute, b.inputTokensPerMinute),
    outputTokensPerMinute: least(a.outputTokensPerMinute, b.outputTokensPerMinute),
    concurrency: Math.min(a.concurrency, b.concurrency),
  };
}
