/** Asked after a request is claimed and before it is sent: may it go now? Nothing is sent after a pause (design rule). */
import type { ModelRequest } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import { TOKEN_RATES } from '../../contracts/messages.ts';
import type { Plan, Runtime } from '../../contracts/plan.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { findOverrun } from '../ledger/faults.ts';
import { findStop } from '../ledger/gates.ts';
import { nanoOf, noteRefused } from '../ledger/holds.ts';
import { reserveFor, type Claim } from '../ledger/reservations.ts';
import { takePace } from '../ledger/take-pace.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';

/** A call that may not be sent is tried again so soon after it may be; meanwhile workers take no more of it (worker/). */
export const STOPPED_RETRY_MS = 5_000;
/** Cautious: tokenizers rarely make more of a text; a reply as long as the request allows. */
const BYTES_PER_TOKEN = 3;
const UNLIMITED_REPLY_TOKENS = 4_096;

interface Asked {
  readonly plan: Plan;
  readonly request: ModelRequest;
  readonly claim: Claim;
}

/**
 * Reserves under its claim what a request may cost, to be booked as the claim ends. Throws `ProviderFault` with the wait
 * until the request may be tried again.
 */
export async function admitCall(context: ActivityContext, { plan, request, claim }: Asked): Promise<void> {
  await requireNotStopped(context, plan, request);
  const runtime = await runtimeOf(context, hashOfPlan(plan));
  // Money first: what the cap refuses takes no tokens from other studies.
  await admitCost(context, { plan, request, claim }, runtime?.limits.usd);
  await admitTokens(context, request, runtime);
}

async function admitCost({ ledger }: ActivityContext, asked: Asked, cap: number | undefined): Promise<void> {
  const { plan, request, claim } = asked;
  const { prices } = plan.science;
  const [db, hash, model] = [ledger.tables, hashOfPlan(plan), modelName(request)];
  if (!prices[model]) return;
  // Booked without a cap too: one that is set later counts what was paid before.
  const wanted = Number(
    costOf(prices, model, largestUsage(request, await findOverrun(db, request)), 'single', 'largest'),
  );
  if (await reserveFor(db, claim, hash, wanted, nanoOf(cap))) return;
  await noteRefused(db, hash, wanted);
  const reason = `the cap of $${cap} is reached; raise it with \`./etude raise-budget\``;
  throw new ProviderFault(FAILURES.budget, reason);
}

/** For whoever asks outside of a worker, and so passes no gate, which would have seen to it. */
async function admitTokens(
  { ledger, gates }: ActivityContext,
  request: ModelRequest,
  runtime?: Runtime,
): Promise<void> {
  const model = modelName(request);
  const rate = runtime?.rates[model];
  if (gates || !rate || TOKEN_RATES.every((kind) => rate[kind] === undefined)) return;
  const { requestsPerMinute: _, ...tokenRates } = rate;
  const wait = await takePace(ledger.tables, model, tokenRates, largestUsage(request));
  if (wait > 0)
    throw new ProviderFault(FAILURES.pace, `${model}: its tokens per minute are used up`, { ownWait: wait });
}

/** Throws `ProviderFault` while a person holds the study, or must act before its provider can be asked. */
export async function requireNotStopped(
  { ledger }: ActivityContext,
  plan: Plan,
  { provider }: Pick<ModelRequest, 'provider'>,
): Promise<void> {
  const hash = hashOfPlan(plan);
  const stopped = (type: typeof FAILURES.paused | typeof FAILURES.held, message: string) =>
    new ProviderFault(type, message);
  const { paused, cancelled, hold } = await findStop(ledger.tables, hash, provider);
  if (paused) throw stopped(FAILURES.paused, 'the study is paused; `./etude resume` continues it');
  if (cancelled) throw stopped(FAILURES.paused, 'the study is cancelled; `./etude start` continues it');
  if (hold !== undefined)
    throw stopped(FAILURES.held, `held: ${hold}; then \`./etude resume STUDY --provider ${provider}\``);
}

/** `overrun`: what the model is known to write beyond its limit. */
export function largestUsage({ messages, parameters }: ModelRequest, overrun = 0) {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const { maxTokens } = parameters;
  return {
    inputTokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    outputTokens: Math.max(overrun, maxTokens === NOT_SENT ? UNLIMITED_REPLY_TOKENS : maxTokens),
  };
}

/** How the study of a plan may run now: a person may change it while it runs. */
export async function runtimeOf({ ledger }: ActivityContext, hash: string): Promise<Runtime | undefined> {
  const row = await ledger.tables.selectFrom('studies').select('runtime').where('plan', '=', hash).executeTakeFirst();
  return row && (JSON.parse(row.runtime) as Runtime);
}
