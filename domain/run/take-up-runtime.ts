/** How a study that is started again may run: what a person changed by hand, and what the study file says now. */
import type { Runtime } from '../../contracts/plan.ts';
import type { Rate } from '../../contracts/study.ts';
import { canonicalJson } from '../basics/hash.ts';

export interface TakeUpInput {
  /** What the study file says. */
  readonly file: Runtime;
  /** What it said when the study was last started; undefined the first time. */
  readonly filed: Runtime | undefined;
  /** How the study may run until now. */
  readonly now: Runtime | undefined;
}

export interface TakenUp {
  readonly runtime: Runtime;
  /** What a person should know of, a line each. */
  readonly notes: readonly string[];
}

/** An edited study file wins; one that says what it said before leaves what was changed by hand. */
export function takeUpRuntime({ file, filed, now }: TakeUpInput): TakenUp {
  const notes: string[] = [];
  function take<T>(what: string, of: (runtime: Runtime) => T, describe: (value: T) => string): T {
    const said = of(file);
    if (!now || isSame(of(now), said)) return said;
    const kept = filed !== undefined && isSame(of(filed), said);
    notes.push(
      kept
        ? `${what}: ${describe(of(now))}, as it was set by hand; the study file says ${describe(said)}, as before.`
        : `${what}: ${describe(said)}, as the study file says now; it was ${describe(of(now))}.`,
    );
    return kept ? of(now) : said;
  }
  const limits = take('Cap on spending', (runtime) => runtime.limits, describeLimits);
  const models = [...new Set([file, ...(now ? [now] : [])].flatMap(({ rates }) => Object.keys(rates)))].sort();
  const rates = models.flatMap((model) => {
    const rate = take(`Rates of ${model}`, (runtime) => runtime.rates[model], describeRate);
    return rate ? [[model, rate] as const] : [];
  });
  return { runtime: { limits, rates: Object.fromEntries(rates), cluster: file.cluster }, notes };
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson({ of: a }) === canonicalJson({ of: b });

const describeLimits = ({ usd }: Runtime['limits']): string => (usd === undefined ? 'none' : `$${usd}`);

function describeRate(rate: Rate | undefined): string {
  if (!rate) return 'none';
  const { requestsPerMinute = 'any', tokensPerMinute = 'any', concurrency } = rate;
  return `${requestsPerMinute} requests and ${tokensPerMinute} tokens a minute, ${concurrency} in flight`;
}
