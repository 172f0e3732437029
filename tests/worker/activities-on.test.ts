import { expect, it } from '@jest/globals';
import { makeActivities } from '../../activities/make-activities.ts';
import { QUEUES, type QueueKind } from '../../contracts/queues.ts';
import { activitiesOn } from '../../worker/activities-on.ts';

it('every activity is on one queue, and none on two', () => {
  const activities = makeActivities({ ledger: {} } as never, {} as never);
  const served = Object.keys(QUEUES).flatMap((kind) => Object.entries(activitiesOn(kind as QueueKind, activities)));
  expect(served.map(([name]) => name).sort()).toEqual(Object.keys(activities).sort());
  expect(Object.fromEntries(served)).toEqual(activities);
});
