import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { heartbeatWhile } from '../../../activities/shared/heartbeat-while.ts';
import { ActivityEnvironment } from '../../support/activity-environment.ts';
import { eventually } from '../../support/scratch.ts';

it.each([
  ['ends well', async () => 'done'],
  ['fails', async () => Promise.reject(new Error('no'))],
])('work that %s is heartbeated while it lasts, and not after', async (_, end) => {
  const environment = new ActivityEnvironment();
  const work = async (): Promise<string> => {
    await eventually(() => environment.beats >= 3);
    return end();
  };
  const ended = await environment.run(() => heartbeatWhile(work, 1)).catch((error: Error) => error.message);
  expect(['done', 'no']).toContain(ended);
  const before = environment.beats;
  await sleep(50);
  expect(environment.beats).toBe(before);
});
