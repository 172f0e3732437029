/** What the operator of a study wants, as activities: one for each message, safe to repeat; and what they wait for. */
import { cancellationSignal, heartbeat, sleep } from '@temporalio/activity';
import type { CellsInput, StudyRef, Watched, WatchStudyInput } from '../../contracts/activities.ts';
import { UserError } from '../../contracts/failures.ts';
import { MESSAGE_NAMES, MESSAGES, type InputOf, type MessageName, type ResultOf } from '../../contracts/messages.ts';
import { isSkipped } from '../ledger/arms/amendments.ts';
import { findStudy, type KnownStudy } from '../ledger/studies.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { answerPerson } from './answer-person.ts';
import { describeWaits } from './describe-waits.ts';
import { carryOut } from './operator-commands.ts';

const WATCH_INTERVAL_MS = 2_000;

type MessageActivities = {
  readonly [Name in MessageName as (typeof MESSAGES)[Name]['activity']]: (
    input: StudyRef & InputOf<Name>,
  ) => Promise<ResultOf<Name>>;
};

export function makeOperatorActivities(context: ActivityContext) {
  return {
    ...makeMessageActivities(context),

    /** Ends only when what waits for a person is not what was seen: an idle study adds no event. Heartbeats. */
    async watchStudy({ seen, ...ref }: WatchStudyInput): Promise<Watched> {
      for (;;) {
        const now = await describeWaits(context.ledger.tables, await find(context, ref));
        if (now.details !== seen) return now;
        heartbeat();
        await sleep(WATCH_INTERVAL_MS);
      }
    },

    /** Those of the cells that nobody has given up: the others are neither tuned nor served for. */
    async listAsked({ plan, cells }: CellsInput): Promise<string[]> {
      const asked: string[] = [];
      for (const cell of cells) if (!(await isSkipped(context.ledger.tables, plan, cell))) asked.push(cell);
      return asked;
    },
  };
}

/** A refusal is final and says what to do. Histories before December 2026 name no study to amendments: the plan does. */
function makeMessageActivities(context: ActivityContext): MessageActivities {
  const activityOf = (name: MessageName) => (given: Partial<StudyRef> & { readonly plan: string }) =>
    answerPerson(async (again) => {
      const { study: named, plan: hash, ...input } = given;
      const plan = await loadPlan(context, hash);
      const study = await find(context, { study: named ?? plan.science.name, plan: hash });
      return carryOut(name, { context, study, plan, signal: cancellationSignal(), again }, input as never);
    });
  const made = MESSAGE_NAMES.map((name) => [MESSAGES[name].activity, activityOf(name)]);
  return Object.fromEntries(made) as unknown as MessageActivities;
}

async function find({ ledger }: ActivityContext, { study: name, plan }: StudyRef): Promise<KnownStudy> {
  const study = await findStudy(ledger.tables, name);
  if (study?.plan === plan) return study;
  throw new UserError(`Study ${name} has another plan in this home.`, 'Start it again with its new plan.');
}
