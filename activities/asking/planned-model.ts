/** Whether a reply is from the model that was asked for (invariant 8). */
import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { findAccess } from '../ledger/models/access.ts';
import { pinSnapshot } from '../ledger/models/snapshots.ts';
import { ProviderFault } from '../providers/provider-fault.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';

/** A snapshot's date or number, as in `-2024-08-06`, `-20241022`, `-0613`: the same model under its exact name. */
const SNAPSHOT = /^-(\d{4}-\d{2}-\d{2}|\d{3,8})$/;

/** As a message may name it: a server can write anything in its place, of any length. */
const MODEL_NAME = /^[\w.:/@+-]{1,120}$/;

/**
 * A dated snapshot may answer for its alias, and the first one that does is the only one from then on; no other model may.
 * Throws `ProviderFault`, as an answer that was paid for and is not used.
 */
export async function requirePlannedModel(
  context: Pick<ActivityContext, 'ledger'>,
  plan: Plan,
  request: ModelRequest,
  reply: ModelReply,
): Promise<void> {
  const { servedModel } = reply;
  const { provider, model } = request;
  if (servedModel === model) return;
  const { tables } = context.ledger;
  const hash = hashOfPlan(plan);
  const named = (await findAccess(tables, hash, provider))?.servedAs?.[model];
  if (servedModel === named) return;
  const chosen = named !== undefined && isSnapshotOf(model, named);
  if (chosen || !(isSnapshotOf(model, servedModel) || (named !== undefined && isSnapshotOf(named, servedModel))))
    throw otherModel(
      reply,
      `${provider}: asked for ${named ?? model}, answered by ${nameOf(servedModel)}; name the model that is served, as a marked deviation`,
    );
  const first = await pinSnapshot(tables, hash, request, servedModel);
  if (first === servedModel) return;
  throw otherModel(
    reply,
    `${provider}: ${model} was answered by ${nameOf(first)} until now, and by ${nameOf(servedModel)} here; ` +
      `write the one that is to answer into the study file, as \`providers.${provider}.servedAs: {${model}: ${nameOf(first)}}\`, and start it again`,
  );
}

function isSnapshotOf(name: string, served: string): boolean {
  const alias = name.replace(/-latest$/, '');
  return served.startsWith(alias) && SNAPSHOT.test(served.slice(alias.length));
}

const nameOf = (served: string): string => (MODEL_NAME.test(served) ? served : 'a model without a proper name');

/** Answered, and so charged. It may be once: the planned one may answer the next time. */
const otherModel = ({ usage }: ModelReply, message: string): ProviderFault =>
  new ProviderFault(FAILURES.modelGone, message, { abandoned: true, usage, streak: 'model' });
