/** A corpus as the lab's models would have written it, put into the ledger without a server. */
import type { Ledger } from '../../activities/ledger/ledger.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { ModelRequest } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { composedWriter } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { requestKey, wireSeed } from '../../domain/requests/requests.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';
import type { ChatRequest } from '../../lab/world/chat.ts';
import { gradeStrictly } from '../../lab/world/graders.ts';
import { writeAsTeacher } from '../../lab/world/teacher.ts';

export interface Composed {
  /** Only this list; all of them without it. */
  readonly list?: number;
  /** Texts from the first up to, not including, this one; all of them without it. */
  readonly to?: number;
}

/** Leaves alone what the ledger has already. */
export async function composeIntoLedger(context: ActivityContext, plan: Plan, { list: only, to }: Composed = {}) {
  for (const [list, { items }] of plan.compose.entries())
    if (only === undefined || list === only)
      for (let index = 0; index < Math.min(items.length, to ?? items.length); index += 1)
        await composeText(context, plan, list, index);
}

async function composeText({ ledger }: ActivityContext, plan: Plan, list: number, index: number): Promise<void> {
  const { item, prompt, requestAfter } = composedWriter(plan, { list, index });
  const find = (key: string) => ledger.find(key);
  const { keepGrader, compose, evaluation } = plan.science;
  let written = await readWritten(find, prompt, requestAfter);
  for (; written.end === 'open'; written = await readWritten(find, prompt, requestAfter))
    await answer(ledger, written.request, writeAsTeacher);
  if (written.end !== 'generated') return;
  for (let round = 0; round < roundsOf(plan.catalog.rubric, compose.keep.gradings); round += 1) {
    const at = { combination: item, text: written.text, round, asks: evaluation.asks };
    const grading = await readGradingRound(find, plan, keepGrader, at);
    if (grading.end === 'open') await answer(ledger, grading.request, gradeStrictly);
  }
}

async function answer(ledger: Ledger, request: ModelRequest, by: (request: ChatRequest) => string): Promise<void> {
  const { model, messages } = request;
  const text = by({ model, messages, seed: String(wireSeed(request)) });
  const usage = { inputTokens: 1, outputTokens: 1 };
  await ledger.keep(requestKey(request), request, { end: 'complete', text, servedModel: model, usage });
}
