import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  CancellationScope,
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { StudyInput } from '../contracts/workflows.ts';
import { waitingActivities } from './call-activities.ts';

/** What waits for a person, in markdown; empty when nothing does. Its name is durable. */
export const waiting = defineQuery<string>('waiting');
const WAITING = defineSearchAttributeKey('EtudeWaiting', SearchAttributeType.KEYWORD_LIST);

/**
 * Shows in the Web UI what waits for the operator, until `stop` is called. Adds events to the history only when that
 * has changed.
 */
export function showWaits({ study, plan, outline }: StudyInput): { stop: () => Promise<void> } {
  const { watchStudy } = waitingActivities(outline.queues.waiting);
  let [seen, subjects] = ['', ''];
  setHandler(waiting, () => seen);
  const scope = new CancellationScope();
  const watching = scope.run(async () => {
    for (;;) {
      const now = await watchStudy({ study, plan, seen });
      seen = now.details;
      setCurrentDetails(seen);
      if (subjects !== now.waiting.join()) upsertSearchAttributes([{ key: WAITING, value: [...now.waiting] }]);
      subjects = now.waiting.join();
    }
  });
  const ended = watching.catch((error: unknown) => {
    // Once cancelled, the activity may fail by its heartbeat if its worker is killed meanwhile; that must not fail the
    // study.
    if (!scope.consideredCancelled) throw error;
  });
  return {
    stop: () => {
      scope.cancel();
      return ended;
    },
  };
}
