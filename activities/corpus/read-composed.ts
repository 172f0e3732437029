/** Reads one composed text of a study from the ledger, with the gradings that decide whether it is kept. */
import type { FindCall, StoredCall } from '../../contracts/calls.ts';
import type { ComposedText, GradingOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { ComposeList, ComposePlan, Plan } from '../../contracts/plan.ts';
import { composedWriter } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';

/** A call behind a text; its own text is left out. */
export interface UsedCall {
  readonly role: 'teacher' | 'keepGrader';
  readonly key: string;
  readonly call: StoredCall;
}

/** A composed text with what a training file needs besides (the replies of all turns, their length), and its calls. */
export interface CorpusText extends ComposedText {
  readonly replies: readonly string[];
  readonly outputTokens: number;
  readonly calls: readonly UsedCall[];
}

export function composePlan(plan: Plan, list: ComposeList): ComposePlan {
  const found = plan.compose[list];
  if (!found) throw new RangeError(`the plan composes no list ${list}`);
  return found;
}

/** Undefined while a call of the text is still to be made. */
export async function readComposed(
  find: FindCall,
  plan: Plan,
  list: ComposeList,
  index: number,
): Promise<CorpusText | undefined> {
  const calls: UsedCall[] = [];
  const findAs =
    (role: UsedCall['role']): FindCall =>
    async (key) => {
      const call = await find(key);
      if (call) calls.push({ role, key, call: call.end === 'failed' ? call : { ...call, text: '' } });
      return call;
    };
  const { item, prompt, requestAfter } = composedWriter(plan, { list, index });
  const written = await readWritten(findAs('teacher'), prompt, requestAfter);
  if (written.end === 'open') return undefined;
  const done = (outcome: TextOutcome, replies: readonly string[] = [], outputTokens = 0): CorpusText => ({
    index,
    combination: item,
    outcome,
    replies,
    outputTokens,
    calls,
  });
  if (written.end !== 'generated') return done(written);
  const { keepGrader, compose, evaluation } = plan.science;
  const gradings: GradingOutcome[] = [];
  const rounds = roundsOf(plan.catalog.rubric, compose.keep.gradings);
  for (let round = 0; round < rounds; round += 1) {
    const at = { combination: item, text: written.text, round, asks: evaluation.asks };
    const grading = await readGradingRound(findAs('keepGrader'), plan, keepGrader, at);
    if (grading.end === 'open') return undefined;
    gradings.push(grading);
  }
  return done({ end: 'generated', text: written.text, gradings }, written.replies, written.outputTokens);
}
