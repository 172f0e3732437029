/** What a reply shows of its provider that a person should know, beside the text. */
import { STUDENT_PROVIDER, type ModelRequest, type StoredCall } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { modelName } from '../../domain/money/spending.ts';
import { findOverrun, lowerOverrun, note, noteOverrun } from '../ledger/faults.ts';
import { holdProvider } from '../ledger/holds.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';

/** Servers differ in whether the mark at the end of a reply counts. */
const ALLOWANCE = 16;
/** Replies differ: what one has written beyond its limit, another one exceeds by a little. */
const MARGIN = 2;
/** Twice what models write at most: a server that names more has miscounted, and reserving it would use up any cap. */
const MOST_RESERVED = 2 ** 18;
/** What is reserved beyond the limit comes down with each reply that keeps to it: a server may have miscounted once. */
const DECAY = 0.98;

/** Called when the reply is kept. Students cost nothing. */
export async function noteReply(
  { ledger }: ActivityContext,
  plan: Plan,
  request: ModelRequest,
  reply: StoredCall,
): Promise<void> {
  if (reply.end === 'failed' || request.provider === STUDENT_PROVIDER) return;
  const { usage } = reply;
  const name = modelName(request);
  if (usage.estimated)
    await note(
      ledger.tables,
      hashOfPlan(plan),
      `usage ${name}`,
      `${name}: this server names no usage; tokens and money are estimated from the lengths of requests and replies`,
    );
  else await noteLength({ ledger }, plan, request, usage);
}

/**
 * A server that writes beyond `maxTokens` cannot be bounded beforehand: its first such reply holds it, and from then on as
 * much is reserved for each of its requests. Thoughts that a server counts outside of the limit are only shown.
 */
async function noteLength(
  { ledger }: Pick<ActivityContext, 'ledger'>,
  plan: Plan,
  request: ModelRequest,
  { outputTokens, reasoningTokens = 0 }: { readonly outputTokens: number; readonly reasoningTokens?: number },
): Promise<void> {
  const { maxTokens } = request.parameters;
  const limit = maxTokens === NOT_SENT ? Number.POSITIVE_INFINITY : maxTokens + ALLOWANCE;
  const { tables } = ledger;
  const known = await findOverrun(tables, request);
  if (outputTokens <= limit) {
    if (known > 0) await lowerOverrun(tables, request, { to: Math.floor(known * DECAY), limit });
    return;
  }
  if (outputTokens <= known) return;
  const [name, hash] = [modelName(request), hashOfPlan(plan)];
  const most = Math.min(outputTokens * MARGIN, MOST_RESERVED);
  await noteOverrun(tables, request, most);
  const reserved = `up to ${most} are reserved for each request from now on, less with each reply that keeps to its limit`;
  const said = `${name}: a reply has ${outputTokens} output tokens where ${maxTokens} were allowed; ${reserved}`;
  if (outputTokens - reasoningTokens <= limit)
    await note(tables, hash, `length ${name}`, `${said} (it thinks outside of the limit)`);
  else if (plan.science.prices[name])
    await holdProvider(tables, hash, request.provider, `${said}, if you let it go again`);
}
