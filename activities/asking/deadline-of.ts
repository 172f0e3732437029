import { STUDENT_PROVIDER, type ModelRequest } from '../../contracts/calls.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/** Four tokens a second: what a model of a few billion parameters writes in a full batch on a slow machine. */
const MS_PER_TOKEN = 250;
/** Where a study leaves the limit to the model. */
const TOKENS = 1_024;
/** Below what a claim may last at all (`ledger/uptime.ts`). */
const LONGEST_MS = 10 * 60_000;

/**
 * How long the answer to a request is waited for, in milliseconds. Students answer from own machines, which are slower the more
 * they are asked for: they have a time of their own, by the tokens that they may write.
 */
export function deadlineOf(
  { deadline }: Pick<ActivityContext, 'deadline'>,
  { provider, parameters }: Pick<ModelRequest, 'provider' | 'parameters'>,
): number {
  if (provider !== STUDENT_PROVIDER) return deadline;
  const { maxTokens } = parameters;
  const tokens = maxTokens === NOT_SENT ? TOKENS : maxTokens;
  return Math.max(deadline, Math.min(LONGEST_MS, deadline + tokens * MS_PER_TOKEN));
}
