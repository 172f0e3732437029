/**
 * Limits and rates of a study that is started again: what the operator set by command, merged with what the study file
 * says now.
 */
import type { Runtime } from '../../contracts/plan.ts';
import type { Rate } from '../../contracts/runtime.ts';
import { canonicalJson } from '../basics/hash.ts';

export interface MergeInput {
  /** What the study file says. */
  readonly file: Runtime;
  /** What the study file said at the last start; undefined at the first. */
  readonly filed: Runtime | undefined;
  /** Limits and rates in force until now; undefined at the first start. */
  readonly now: Runtime | undefined;
}

export interface MergedRuntime {
  readonly runtime: Runtime;
  /** What the operator should know about the merge, one line for each. */
  readonly notes: readonly string[];
}

/** What was edited in the study file wins; what was not edited there keeps the value that was set by command. */
export function mergeRuntime({ file, filed, now }: MergeInput): MergedRuntime {
  const notes: string[] = [];
  function take<T>(what: string, of: (runtime: Runtime) => T, describe: (value: T) => string): T {
    const said = of(file);
    if (!now || isSame(of(now), said)) return said;
    const kept = filed !== undefined && isSame(of(filed), said);
    notes.push(
      kept
        ? `${what}: ${describe(of(now))}, set by command; the study file still says ${describe(said)}.`
        : `${what}: ${describe(said)}, from the study file; it was ${describe(of(now))} before.`,
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

export function describeRate(rate: Rate | undefined): string {
  if (!rate) return 'none';
  const { requestsPerMinute = 'any', tokensPerMinute = 'any', concurrency, batchRequests, batchTokens } = rate;
  const [input, output] = [rate.inputTokensPerMinute, rate.outputTokensPerMinute];
  const apart =
    input === undefined && output === undefined ? '' : ` (${input ?? 'any'} input, ${output ?? 'any'} output)`;
  const isQueued = batchRequests !== undefined || batchTokens !== undefined;
  const batched = isQueued ? `, ${batchRequests ?? 'any'} requests and ${batchTokens ?? 'any'} tokens in batches` : '';
  return `${requestsPerMinute} requests and ${tokensPerMinute} tokens${apart} a minute, ${concurrency} in flight${batched}`;
}
