/** The messages of a person as activities: one each, safe to repeat. A refusal is final and tells what to do. */
import { cancellationSignal, heartbeat, sleep } from '@temporalio/activity';
import type { StudyRef, Watched, WatchStudyInput } from '../../contracts/activities.ts';
import { UserError } from '../../contracts/failures.ts';
import type { ChangeRatesInput, RaiseBudgetInput, ResumeProviderInput } from '../../contracts/messages.ts';
import { findStudy, type KnownStudy } from '../ledger/studies.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { answerPerson } from './answer-person.ts';
import { describeWaits } from './describe-waits.ts';
import { changeRates, pause, raiseBudget, resume, resumeProvider, type StudyInHand } from './hand.ts';

const LOOK_MS = 2_000;

export function makeHandActivities(context: ActivityContext) {
  const db = context.ledger.tables;

  async function find({ study: name, plan }: StudyRef): Promise<KnownStudy> {
    const study = await findStudy(db, name);
    if (study?.plan === plan) return study;
    throw new UserError(`Study ${name} has another plan in this home.`, 'Start it again with its new plan.');
  }

  function inHand<T>(ref: StudyRef, work: (study: StudyInHand) => Promise<T>): Promise<T> {
    return answerPerson(async (again) => {
      const [study, plan] = [await find(ref), await loadPlan(context, ref.plan)];
      return work({ ledger: context.ledger, study, plan, signal: cancellationSignal(), again });
    });
  }

  return {
    /** Ends when nothing is in flight any more; heartbeats while it waits for that. */
    pauseStudy: (ref: StudyRef) => inHand(ref, pause),
    resumeStudy: (ref: StudyRef) => inHand(ref, resume),
    resumeProvider: ({ provider, ...ref }: StudyRef & ResumeProviderInput) =>
      inHand(ref, (study) => resumeProvider(study, { provider })),
    raiseBudget: ({ usd, ...ref }: StudyRef & RaiseBudgetInput) => inHand(ref, (study) => raiseBudget(study, { usd })),
    changeRates: ({ study, plan, ...change }: StudyRef & ChangeRatesInput) =>
      inHand({ study, plan }, (inHand) => changeRates(inHand, change)),

    /** Ends only when what waits for a person is not what was seen: an idle study adds no event. Heartbeats. */
    async watchStudy({ seen, ...ref }: WatchStudyInput): Promise<Watched> {
      for (;;) {
        const now = await describeWaits(db, await find(ref));
        if (now.details !== seen) return now;
        heartbeat();
        await sleep(LOOK_MS);
      }
    },
  };
}
