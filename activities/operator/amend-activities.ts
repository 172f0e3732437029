/** A person's amendments as activities: one each, safe to repeat. */
import type { CellsInput } from '../../contracts/activities.ts';
import type { RedoInput, RedoResult, SkipInput, SkipResult } from '../../contracts/messages.ts';
import { isSkipped } from '../ledger/amendments.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { amendCell, redoFailed } from './amend-study.ts';
import { answerPerson } from './answer-person.ts';

interface OfPlan {
  readonly plan: string;
}

export function makeAmendmentActivities(context: ActivityContext) {
  return {
    /** Those of the cells that nobody has given up: the others are neither tuned nor served for. */
    async listAsked({ plan, cells }: CellsInput): Promise<string[]> {
      const asked: string[] = [];
      for (const cell of cells) if (!(await isSkipped(context.ledger.tables, plan, cell))) asked.push(cell);
      return asked;
    },

    amendCell: (input: OfPlan & SkipInput): Promise<SkipResult> =>
      answerPerson((again) => amendCell(context, { ...input, again })),

    redoFailed: (input: OfPlan & RedoInput): Promise<RedoResult> =>
      answerPerson((again) => redoFailed(context, { ...input, again })),
  };
}
