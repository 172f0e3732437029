/** How an activity answers a person: a mistake is final and says what to do. */
import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import { UserError } from '../../contracts/failures.ts';
import { refusalOf } from '../../contracts/messages.ts';

/** `again`: an earlier try may have done it: then that is no mistake of the person. */
export async function answerPerson<T>(work: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await work(activityInfo().attempt > 1);
  } catch (error) {
    throw error instanceof UserError ? ApplicationFailure.create(refusalOf(error)) : error;
  }
}
