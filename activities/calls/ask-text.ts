/** One text from its first turn to its last grading: what the ledger has is read once, what is missing is asked. */
import type { GradeTextInput, TextEnd, TextRef } from '../../contracts/activities.ts';
import type { FindCall, ModelRequest, StoredCall } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { graderOf, isComposed } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten, type GradingPlace } from '../../domain/requests/read-back.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';
import type { CallRuntime } from '../asking/call-runtime.ts';
import { isGivenUp, pacedAs, phaseOf, writerOf } from '../asking/text-requests.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { callModel } from './call-model.ts';
import { endTogether } from './end-together.ts';

/** Who is asked singly; others are asked by batch, before or after. */
export interface Asked {
  readonly write: boolean;
  readonly graders: readonly GradeTextInput['grader'][];
}

interface Asking {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly ref: TextRef;
  readonly find: FindCall;
  readonly runtime: CallRuntime;
  /** Asks, or finds out that a person has given the cell up: then false. */
  readonly ask: (request: ModelRequest) => Promise<boolean>;
}

/** Throws `ApplicationFailure` when something of the text has no reply yet, once nothing of it is in flight. */
export async function askText(
  context: ActivityContext,
  plan: Plan,
  ref: TextRef,
  { write, graders }: Asked,
  runtime: CallRuntime,
): Promise<TextEnd> {
  const asking = makeAsking(context, plan, ref, runtime);
  const writer = await writerOf(context, plan, ref);
  let written = await readWritten(asking.find, writer.prompt, writer.requestAfter);
  while (write && written.end === 'open') {
    if (!(await asking.ask(written.request))) return 'skipped';
    written = await readWritten(asking.find, writer.prompt, writer.requestAfter);
  }
  if (written.end !== 'generated') return written.end;
  const { text } = written;
  const { asks } = plan.science.evaluation;
  const rounds = Array.from({ length: roundsFor(plan, ref) }, (_, round) => round);
  const gradings = graders.flatMap((grader) =>
    rounds.map((round) => grade(asking, grader, { combination: writer.item, text, round, asks })),
  );
  const ends = await endTogether(gradings);
  return ends.includes(false) ? 'skipped' : 'generated';
}

function makeAsking(context: ActivityContext, plan: Plan, ref: TextRef, runtime: CallRuntime): Asking {
  const known = new Map<string, StoredCall>();
  const find: FindCall = async (key) => {
    const call = known.get(key) ?? (await context.ledger.find(key));
    if (call) known.set(key, call);
    return call;
  };
  const ask = async (request: ModelRequest): Promise<boolean> => {
    if (await isGivenUp(context, plan, ref)) return false;
    const options = { runtime, begun: known.size > 0, ...pacedAs(ref, request) };
    known.set(requestKey(request), await callModel(context, plan, request, phaseOf(ref), options));
    return true;
  };
  return { context, plan, ref, find, runtime, ask };
}

/** False when a person has given the cell up meanwhile. */
async function grade({ plan, find, ask }: Asking, place: GradeTextInput['grader'], at: GradingPlace): Promise<boolean> {
  const grader = graderOf(plan, place);
  let graded = await readGradingRound(find, plan, grader, at);
  while (graded.end === 'open') {
    if (!(await ask(graded.request))) return false;
    graded = await readGradingRound(find, plan, grader, at);
  }
  return true;
}

function roundsFor({ catalog, science }: Plan, ref: TextRef): number {
  return roundsOf(catalog.rubric, isComposed(ref) ? science.compose.keep.gradings : science.evaluation.gradings);
}
