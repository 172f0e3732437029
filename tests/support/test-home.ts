import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import { Store } from '../../activities/shared/store.ts';
import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { MACHINE_CLOCK, type Clock } from '../../infra/processes/clock.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import type { Lab } from '../../lab/servers/lab-server.ts';
import { ActivityEnvironment } from './activity-environment.ts';

/** What one worker process over a home in `folder` shares; close its ledger. */
export async function openContext(folder: string, given: Partial<ActivityContext> = {}): Promise<ActivityContext> {
  return {
    ledger: new Ledger(await openLedger(join(folder, 'ledger.db'))),
    store: new Store(join(folder, 'store')),
    jobs: join(folder, 'jobs'),
    runs: join(folder, 'runs'),
    owner: 'test',
    root: ROOT,
    lab: { openai: undefined, anthropic: undefined },
    deadline: 60_000,
    environment: {},
    clock: hastened(20),
    ...given,
  };
}

/** Time that passes so many times faster. */
const hastened = (times: number): Clock => ({
  now: () => MACHINE_CLOCK.now() * times,
  sleep: (milliseconds, options) => MACHINE_CLOCK.sleep(milliseconds / times, options),
});

export const urlsOf = (lab: Lab): ActivityContext['lab'] => ({ openai: lab.openaiUrl, anthropic: lab.anthropicUrl });

/** Runs `work` as an activity, on its `attempt`-th attempt. */
export function asActivity<T>(work: () => Promise<T>, attempt = 1): Promise<T> {
  return new ActivityEnvironment({ attempt }).run(work);
}

/** Does what the workflows do, until nothing is open: transport faults are asked again. */
export async function untilDone(work: () => Promise<{ end: string }>): Promise<string> {
  for (;;) {
    const end = await asActivity(work).then(
      (result) => result.end,
      (error: unknown) => {
        if (error instanceof ApplicationFailure && !error.nonRetryable) return 'open';
        throw error;
      },
    );
    if (end !== 'open') return end;
  }
}

export const fault = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => error as Error,
  );

export function requestOf(given: Partial<ModelRequest> = {}): ModelRequest {
  return {
    provider: 'lab-openai',
    model: 'lab-teacher',
    parameters: { maxTokens: 400, temperature: 1, topP: NOT_SENT, seed: 'sent' },
    messages: [{ role: 'user', content: 'Topic: harbour\nSkills:\n1. oath: swears\nAnswer:' }],
    replicate: 0,
    sample: 0,
    ask: 0,
    ...given,
  };
}

export const replyOf = (text: string): ModelReply => ({
  end: 'complete',
  text,
  servedModel: 'lab-teacher',
  usage: { inputTokens: 3, outputTokens: 5 },
});
