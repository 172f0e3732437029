/** What a running study is told, through a real Temporal server; what the ledger does is scripted here. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import type { WatchStudyInput } from '../../contracts/activities.ts';
import { UserError } from '../../contracts/failures.ts';
import { refusalOf } from '../../contracts/messages.ts';
import type { runStudy } from '../../workflows/run-study.ts';
import { waiting } from '../../workflows/show-waits.ts';
import { openBench, withStudy, type Bench, type Ran, type Script } from '../support/runner/scripted-study.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

function makeGate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), passed };
}

/** Resolves when the workflow has handled what this activity returned. */
async function untilTold(handle: Ran['handle'], activity: string): Promise<void> {
  for (;;) {
    const events = (await handle.fetchHistory()).events ?? [];
    const scheduled = events.find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
    );
    const isIts = (id: unknown): boolean => scheduled !== undefined && Number(id) === Number(scheduled.eventId);
    const returned = events.findIndex((event) => isIts(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (returned >= 0 && events.slice(returned).some((event) => event.workflowTaskCompletedEventAttributes)) return;
    await sleep(50);
  }
}

/** A study whose texts are written once `work` is over, so that it runs until then. */
async function whileItRuns(script: Script, work: (ran: Ran) => Promise<void>): Promise<Ran['log']> {
  const over = makeGate();
  const writeText = async () => over.passed.then(() => ({ end: 'generated' as const }));
  return withStudy(bench, { script: { writeText, ...script } }, async (ran) => {
    await work(ran).finally(over.open);
    expect(await ran.handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
    return ran.log;
  });
}

const inputsOf = (log: Ran['log'], name: string) =>
  log.filter(({ activity }) => activity === name).map(({ input }) => input as object);

/** What a client of another make may send: values of other types, and names that would pass for the study's own. */
const ABSURD: readonly (readonly [string, object, RegExp])[] = [
  ['redo', { cell: 5 }, /named by its path/],
  ['redo', { cell: '' }, /named by its path/],
  ['redo', { cells: 'tiny/1/k2/train' }, /no "cells"[^]*cell/],
  ['skip', { cell: 'tiny/1/k2/train', why: null }, /for a reason/],
  ['skip', { cell: ['tiny/1/k2/train'], why: 'so' }, /No cell/],
  ['skip', { cell: 'tiny/1/k2/train', why: 'so', plan: 'b' }, /no "plan"[^]*cell, why/],
  ['changeRates', { model: 'tiny', requestsPerMinute: 60, concurrency: null }, /concurrency of tiny cannot be null/],
  ['changeRates', { model: 'tiny', concurrency: '2' }, /concurrency of tiny cannot be 2/],
  ['changeRates', { model: 'tiny', concurrency: 2, study: 'other' }, /no "study"[^]*model, requestsPerMinute/],
  ['raiseBudget', { usd: '5' }, /cap cannot be/],
  ['raiseBudget', { usd: 5, plan: 'b' }, /no "plan"[^]*usd/],
  ['resumeProvider', { provider: ['there'] }, /no provider/],
  ['resumeProvider', { provider: 'there', study: 'other' }, /no "study"/],
];

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  const { cause } = error as WorkflowUpdateFailedError;
  // All that the Web UI shows of it.
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect(cause?.stack).not.toMatch(/^ +at /m);
  return cause?.message ?? '';
}

describe('a message to a running study', () => {
  it('is one activity, and answered with its result', async () => {
    const rate = { concurrency: 2 };
    const script: Script = {
      pauseStudy: async () => ({ paused: true }),
      raiseBudget: async ({ usd }) => ({ usd, before: 1, spent: 0.5 }),
      changeRates: async ({ model }) => ({ model, rate }),
      resumeProvider: async ({ provider }) => ({ provider, reason: 'no money' }),
    };
    const log = await whileItRuns(script, async ({ handle }) => {
      expect(await handle.executeUpdate('pause')).toEqual({ paused: true });
      expect(await handle.executeUpdate('raiseBudget', { args: [{ usd: 2 }] })).toMatchObject({ before: 1 });
      const change = { model: 'there/teacher', ...rate };
      expect(await handle.executeUpdate('changeRates', { args: [change] })).toMatchObject({ rate });
      const provider = { provider: 'there' };
      expect(await handle.executeUpdate('resumeProvider', { args: [provider] })).toMatchObject(provider);
    });
    expect(inputsOf(log, 'raiseBudget')).toMatchObject([{ usd: 2, plan: 'a'.repeat(64) }]);
    expect(inputsOf(log, 'changeRates')).toMatchObject([{ model: 'there/teacher', concurrency: 2 }]);
  });

  it('that is absurd is refused before it enters the history', async () => {
    const log = await whileItRuns({}, async ({ handle }) => {
      const say = (usd: number) => refusal(handle.executeUpdate('raiseBudget', { args: [{ usd }] }));
      expect(await say(-1)).toMatch(/cannot be -1/);
      expect(await say(Number.NaN)).toMatch(/cap cannot be/);
      const provider = handle.executeUpdate('resumeProvider', { args: [{ provider: 'nobody' }] });
      expect(await refusal(provider)).toMatch(/no provider "nobody"[^]*there/);
      const rates = handle.executeUpdate('changeRates', { args: [{ model: 'tiny', requestsPerMinute: 0 }] });
      expect(await refusal(rates)).toMatch(/requestsPerMinute of tiny cannot be 0/);
      expect(await refusal(handle.executeUpdate('raiseBudget', { args: [] as never }))).toMatch(/no input/);
      for (const [name, input, why] of ABSURD)
        expect(await refusal(handle.executeUpdate(name, { args: [input] as never }))).toMatch(why);
      const { events } = await handle.fetchHistory();
      expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
    });
    for (const name of ['raiseBudget', 'changeRates', 'resumeProvider', 'redoFailed', 'amendCell'])
      expect(inputsOf(log, name)).toEqual([]);
  });

  it('that the ledger refuses is told with its remedy, once', async () => {
    const resumeStudy = async (): Promise<never> => {
      throw ApplicationFailure.create(refusalOf(new UserError('It is not paused.', 'Look at its status.')));
    };
    const log = await whileItRuns({ resumeStudy }, async ({ handle }) => {
      expect(await refusal(handle.executeUpdate('resume'))).toBe('It is not paused.\nLook at its status.');
    });
    expect(inputsOf(log, 'resumeStudy')).toHaveLength(1);
  });

  it('that comes at the very end is answered before the study ends', async () => {
    const [analysing, asked, analysed] = [makeGate(), makeGate(), makeGate()];
    const script: Script = {
      analyse: async () => {
        analysing.open();
        await asked.passed;
        return { results: 'results.json', failedArms: 0 };
      },
      // Outlasts the analysis, which ends as soon as this was asked for.
      pauseStudy: async () => {
        asked.open();
        await analysed.passed;
        return { paused: true };
      },
    };
    await withStudy(bench, { script }, async ({ handle }) => {
      await analysing.passed;
      const pausing = handle.executeUpdate('pause');
      // The workflow has been told the results, and would end now but for the message.
      await untilTold(handle, 'analyse');
      analysed.open();
      expect(await pausing).toEqual({ paused: true });
      expect(await handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
    });
  });
});

describe('what waits for a person', () => {
  const STOP = { details: '- waiting for a person: **there**: no money', waiting: ['there'] };

  it('is shown in the Web UI and found by search, and adds no event while it does not change', async () => {
    const seen: string[] = [];
    const watchStudy = async (input: WatchStudyInput) => {
      seen.push(input.seen);
      if (input.seen === '') return STOP;
      const beat = setInterval(() => Context.current().heartbeat(), 200);
      return Context.current().cancelled.finally(() => clearInterval(beat));
    };
    await whileItRuns({ watchStudy }, async ({ handle }) => {
      while ((await handle.query(waiting)) !== STOP.details) await sleep(50);
      expect(await currentDetails(handle)).toBe(STOP.details);
      expect((await handle.describe()).typedSearchAttributes.getAll().map(({ value }) => value)).toContainEqual([
        'there',
      ]);
    });
    expect(seen).toEqual(['', STOP.details]);
  });
});

/** As the Web UI asks for them. */
async function currentDetails(handle: WorkflowHandle<typeof runStudy>): Promise<unknown> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}
