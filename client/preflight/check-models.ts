/** Asks each model one tiny thing with its very parameters: a wrong key, name or parameter costs a moment, not a night. */
import { randomUUID } from 'node:crypto';
import { largestUsage } from '../../activities/asking/admit-call.ts';
import { providerFor } from '../../activities/asking/reach-provider.ts';
import { nanoOf } from '../../activities/ledger/holds.ts';
import { reserveFor } from '../../activities/ledger/reservations.ts';
import { ProviderFault } from '../../activities/providers/provider-fault.ts';
import { hashOfPlan, type ActivityContext } from '../../activities/shared/activity-context.ts';
import type { ModelRequest } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { NOT_SENT, type Teacher } from '../../contracts/study.ts';
import { paymentOf } from '../../domain/money/payments.ts';
import { costOf, modelName } from '../../domain/money/spending.ts';
import { rolesOf } from '../../domain/plan/roles-of.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import type { Check, Finding } from './check.ts';

/** Enough for a word; models that think first need some. */
const FEW_TOKENS = 64;
const CLAIM_MS = 5 * 60_000;

export const checkModels: Check = async ({ planned: { plan, runtime }, context, signal }) => {
  const asked = new Map<string, { request: ModelRequest; places: string[] }>();
  for (const [place, role] of rolesOf(plan.science)) {
    const request = tinyRequest(role);
    const key = requestKey(request);
    const same = asked.get(key);
    if (same) same.places.push(place);
    else asked.set(key, { request, places: [place] });
  }
  return Promise.all(
    [...asked.values()].map(async ({ request, places }) => ({
      subject: `${places.join(', ')}: ${modelName(request)}`,
      ...(await ask(context, { plan, cap: runtime.limits.usd, signal }, request)),
    })),
  );
};

/** Its replicate is a day: a reply that the ledger has from today is not asked for again. */
function tinyRequest({ provider, model, parameters }: Teacher): ModelRequest {
  const { maxTokens } = parameters;
  const few = maxTokens === NOT_SENT ? NOT_SENT : Math.min(maxTokens, FEW_TOKENS);
  const today = Math.floor(new Date().getTime() / 86_400_000);
  return {
    provider,
    model,
    parameters: { ...parameters, maxTokens: few },
    messages: [{ role: 'user', content: 'Answer with one word: ready' }],
    ...{ replicate: today, sample: 0, ask: 0 },
  };
}

async function ask(
  context: ActivityContext,
  { plan, cap, signal }: { readonly plan: Plan; readonly cap: number | undefined; readonly signal: AbortSignal },
  request: ModelRequest,
): Promise<Omit<Finding, 'subject'>> {
  const { ledger } = context;
  const key = requestKey(request);
  if (await ledger.find(key)) return { state: 'ok', found: 'it has answered today' };
  const claim = { key, owner: `${process.pid}/preflight/${randomUUID()}` };
  const account = { plan: hashOfPlan(plan), phase: 'preflight', model: modelName(request) } as const;
  if (!(await ledger.claim(key, claim.owner, CLAIM_MS, account)))
    return { state: 'warning', found: 'another command is asking it', remedy: 'Run this again in a moment.' };
  const most = costOf(plan.science.prices, modelName(request), largestUsage(request), 'single', 'largest');
  if (!(await reserveFor(ledger.tables, claim, account.plan, Number(most), nanoOf(cap)))) {
    await ledger.unclaim(key, claim.owner);
    return {
      state: 'failed',
      found: `the cap of $${cap} has no room for it`,
      remedy: 'Raise `limits.usd` in the study file.',
    };
  }
  try {
    const reply = await (await providerFor(context, plan, request)).send(request, signal);
    await ledger.keep(key, request, reply, { claim, payment: paymentOf(plan.science.prices, request, reply) });
    const { inputTokens, outputTokens } = reply.usage;
    return { state: 'ok', found: `${reply.servedModel} answered, ${inputTokens} + ${outputTokens} tokens` };
  } catch (error) {
    const abandoned = error instanceof ProviderFault && error.abandoned;
    await ledger.release(key, claim.owner, { abandoned });
    return describe(error, abandoned);
  }
}

function describe(error: unknown, abandoned: boolean): Omit<Finding, 'subject'> {
  if (!(error instanceof ProviderFault)) {
    const { message, remedy } = error as Error & { remedy?: string };
    return { state: 'failed', found: message, remedy: remedy ?? 'Correct that, then run the same command again.' };
  }
  // A refusal is an answer: key, address, model and parameters are well.
  if (error.outcome) return { state: 'ok', found: 'it refused to answer this, and so it is reached' };
  const found = `${error.message}${abandoned ? '; it may be paid for' : ''}`;
  return { state: 'failed', found, remedy: 'Correct that, then run the same command again.' };
}
