/**
 * What the ledger already has of a text, and the request that comes next. Activities use it to continue where a study
 * stopped, analysis to read everything back: both derive every key from plan and replies alone (invariant 6).
 */
import type { FindCall, ModelRequest, StoredCall } from '../../contracts/calls.ts';
import type { WriterPrompt } from '../../contracts/catalog.ts';
import type { GradingOutcome } from '../../contracts/outcomes.ts';
import type { Combination, Plan } from '../../contracts/plan.ts';
import type { Grader } from '../../contracts/study.ts';
import { isJudged, rubricLabels } from './prompt-view.ts';
import { readAnswer } from './read-answer.ts';
import { readGrading } from './read-grading.ts';
import { graderPrompt, gradingRequest, requestKey } from './requests.ts';
import { splitThoughts } from './split-thoughts.ts';

/** The next request of an item that is not done. */
export interface Open {
  readonly end: 'open';
  readonly request: ModelRequest;
}

export type WrittenText =
  | {
      readonly end: 'generated';
      readonly text: string;
      readonly replies: readonly string[];
      readonly outputTokens: number;
    }
  | { readonly end: 'refused' | 'truncated' }
  | { readonly end: 'failed'; readonly reason: string };

/** Follows a conversation turn by turn as far as the ledger goes. `requestAfter` builds the request after some replies. */
export async function readWritten(
  find: FindCall,
  prompt: WriterPrompt,
  requestAfter: (replies: readonly string[]) => ModelRequest,
): Promise<WrittenText | Open> {
  const replies: string[] = [];
  /** With the thoughts in them, as they once were sent back. */
  const whole: string[] = [];
  let outputTokens = 0;
  while (replies.length < prompt.turns.length) {
    const request = requestAfter(replies);
    const call = (await find(requestKey(request))) ?? (await findWhole(find, requestAfter, replies, whole));
    if (!call) return { end: 'open', request };
    if (call.end === 'failed') return { end: 'failed', reason: call.reason };
    if (call.end !== 'complete') return { end: call.end };
    const { text, open } = splitThoughts(call.text);
    if (open) return { end: 'truncated' };
    replies.push(text);
    whole.push(call.text);
    outputTokens += call.usage.outputTokens;
  }
  const { text } = readAnswer(replies[replies.length - 1] ?? '', prompt.answer);
  return { end: 'generated', text, replies, outputTokens };
}

/** The reply to a turn that was asked before thoughts were left out: what is paid for is not asked again. */
async function findWhole(
  find: FindCall,
  requestAfter: (replies: readonly string[]) => ModelRequest,
  replies: readonly string[],
  whole: readonly string[],
): Promise<StoredCall | undefined> {
  const isSame = whole.every((text, turn) => text === replies[turn]);
  return isSame ? undefined : find(requestKey(requestAfter(whole)));
}

export interface GradingPlace {
  readonly combination: Combination;
  readonly text: string;
  readonly round: number;
  /** How often an unreadable grading is asked in all. */
  readonly asks: number;
}

/** One grading: the first readable reply among its asks; `unparsable` with the last reason when there is none. */
export async function readGradingRound(
  find: FindCall,
  plan: Plan,
  grader: Grader,
  { combination, text, round, asks }: GradingPlace,
): Promise<GradingOutcome | Open> {
  const all = rubricLabels(plan.catalog, combination);
  const judged = all.map((_, place) => isJudged(plan.catalog.rubric, combination.skills.length, place));
  const labels = all.filter((_, place) => judged[place]);
  const shape = { points: labels.length, format: graderPrompt(plan, grader).reply, labels };
  let reason = 'never asked';
  for (let ask = 0; ask < asks; ask += 1) {
    const request = gradingRequest(plan, grader, { combination, text, round, ask });
    const call = await find(requestKey(request));
    if (!call) return { end: 'open', request };
    if (call.end === 'failed') return { end: 'missing' };
    const { text: said, open } = splitThoughts(call.text);
    if (call.end === 'complete' && !open) {
      const grading = readGrading(said, shape);
      if (grading.end === 'graded') return { end: 'graded', points: spread(grading.points, judged) };
      reason = grading.reason;
    } else reason = `the grader's reply was ${open ? 'truncated' : call.end}`;
  }
  return { end: 'unparsable', reason };
}

/**
 * Puts graders' points at their positions among all points. A program decides the others, so scoring ignores the 0 put
 * there.
 */
function spread(points: readonly number[], judged: readonly boolean[]): number[] {
  const given = points.values();
  return judged.map((asked) => (asked ? (given.next().value ?? 0) : 0));
}
