/** One text with everything that was asked and answered about it, read from the ledger by the same keys as when it was asked. */
import type { GradeTextInput, TextRef } from '../../contracts/activities.ts';
import type { ModelRequest, StoredCall } from '../../contracts/calls.ts';
import type { GradingOutcome } from '../../contracts/outcomes.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import { generatedWriter, composedWriter, graderOf, isComposed } from '../../domain/requests/item-requests.ts';
import { rubricLabels } from '../../domain/requests/prompt-view.ts';
import { readGradingRound, readWritten, type WrittenText } from '../../domain/requests/read-back.ts';
import { requestKey } from '../../domain/requests/requests.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';
import { findDigest } from '../jobs/checkpoint-digests.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/** A request with its reply, if there is one. */
export interface ShownCall {
  readonly key: string;
  readonly request: ModelRequest;
  readonly call: StoredCall | null;
}

export interface ShownGrading {
  readonly grader: string;
  readonly round: number;
  readonly outcome: GradingOutcome | { readonly end: 'open' };
  /** All that were asked for it: more than one where a reply could not be read. */
  readonly calls: readonly ShownCall[];
}

export interface ShownText {
  readonly combination: PlannedCombination;
  /** What graders give points for. */
  readonly labels: readonly string[];
  readonly written: WrittenText | { readonly end: 'open' } | { readonly end: 'not trained' };
  readonly turns: readonly ShownCall[];
  readonly gradings: readonly ShownGrading[];
}

export async function readText(context: ActivityContext, plan: Plan, ref: TextRef): Promise<ShownText> {
  const digest = isComposed(ref) ? '' : await findDigest(context, plan, ref.plan, ref.tuned);
  const writer = isComposed(ref) ? composedWriter(plan, ref) : generatedWriter(plan, ref, digest ?? '');
  const labels = rubricLabels(plan.catalog, writer.item);
  const about = { combination: writer.item, labels };
  if (digest === undefined) return { ...about, written: { end: 'not trained' }, turns: [], gradings: [] };
  const turns: ShownCall[] = [];
  const written = await readWritten(recording(context, turns), writer.prompt, (replies) =>
    noteRequest(turns, writer.requestAfter(replies)),
  );
  const shown = { ...about, written: written.end === 'open' ? { end: 'open' as const } : written, turns };
  if (written.end !== 'generated') return { ...shown, gradings: [] };
  const gradings: ShownGrading[] = [];
  for (const place of gradersOf(plan, ref))
    for (let round = 0; round < roundsFor(plan, ref); round += 1)
      gradings.push(await readRound(context, plan, place, { combination: writer.item, text: written.text, round }));
  return { ...shown, gradings };
}

const gradersOf = (plan: Plan, ref: TextRef): readonly GradeTextInput['grader'][] =>
  isComposed(ref) ? ['keep'] : plan.science.graders.map((_, place) => place);

const roundsFor = ({ catalog, science }: Plan, ref: TextRef): number =>
  roundsOf(catalog.rubric, isComposed(ref) ? science.compose.keep.gradings : science.evaluation.gradings);

async function readRound(
  context: ActivityContext,
  plan: Plan,
  place: GradeTextInput['grader'],
  at: { readonly combination: PlannedCombination; readonly text: string; readonly round: number },
): Promise<ShownGrading> {
  const grader = graderOf(plan, place);
  const { asks } = plan.science.evaluation;
  const keys: ShownCall[] = [];
  const outcome = await readGradingRound(recording(context, keys), plan, grader, { ...at, asks });
  const open =
    outcome.end === 'open' ? [{ key: requestKey(outcome.request), request: outcome.request, call: null }] : [];
  const known = keys.filter(({ call }) => call !== null);
  return {
    grader: grader.id,
    round: at.round,
    outcome: outcome.end === 'open' ? { end: 'open' } : outcome,
    calls: [...known, ...open],
  };
}

/** A look-up that keeps what it found, with the request as the ledger has it. */
function recording({ ledger }: ActivityContext, found: ShownCall[]) {
  return async (key: string): Promise<StoredCall | undefined> => {
    const kept = await ledger.findRequest(key);
    if (!kept) return undefined;
    const at = found.findIndex((shown) => shown.key === key);
    const shown = { key, request: kept.request, call: kept.reply };
    if (at < 0) found.push(shown);
    else found[at] = shown;
    return kept.reply;
  };
}

function noteRequest(turns: ShownCall[], request: ModelRequest): ModelRequest {
  const key = requestKey(request);
  if (!turns.some((turn) => turn.key === key)) turns.push({ key, request, call: null });
  return request;
}
