/** What a reply shows of its provider that a person should know, beside the text. */
import { STUDENT_PROVIDER, type ModelRequest, type StoredCall } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { modelName } from '../../domain/money/spending.ts';
import { findOverrun, note, noteOverrun } from '../ledger/faults.ts';
import { holdProvider } from '../ledger/holds.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';

/** Servers differ in whether the mark at the end of a reply counts. */
const ALLOWANCE = 16;
/** Replies differ: what one has written beyond its limit, another one exceeds by a little. */
const MARGIN = 2;

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
  if (outputTokens <= limit || outputTokens <= (await findOverrun(tables, request))) return;
  const [name, hash] = [modelName(request), hashOfPlan(plan)];
  await noteOverrun(tables, request, outputTokens * MARGIN);
  const reserved = `up to ${outputTokens * MARGIN} are reserved for each request from now on`;
  const said = `${name}: a reply has ${outputTokens} output tokens where ${maxTokens} were allowed; ${reserved}`;
  if (outputTokens - reasoningTokens <= limit)
    await note(tables, hash, `length ${name}`, `${said} (it thinks outside of the limit)`);
  else if (plan.science.prices[name])
    await holdProvider(tables, hash, request.provider, `${said}, if you let it go again`);
}
