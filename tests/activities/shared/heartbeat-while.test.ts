import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { heartbeatWhile } from '../../../activities/shared/heartbeat-while.ts';
import { ActivityEnvironment } from '../../support/activity-environment.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it.each([
  ['ends well', () => Promise.resolve('done')],
  ['fails', () => Promise.reject(new Error('no'))],
])('work that %s is heartbeated while it lasts, and not after', async (_, end) => {
  const environment = new ActivityEnvironment();
  let finish = (): void => undefined;
  const lasting = new Promise<void>((resolve) => (finish = resolve));
  // Fake timers fire where they are advanced, and a heartbeat needs its activity's context there.
  const pass = () => environment.run(async () => void jest.advanceTimersByTime(3_500));
  const work = (): Promise<string> => lasting.then(end);
  const ended = environment.run(() => heartbeatWhile(work, 1_000)).catch((error: Error) => error.message);
  await pass();
  expect(environment.beats).toBe(3);
  finish();
  expect(['done', 'no']).toContain(await ended);
  await pass();
  expect(environment.beats).toBe(3);
});
