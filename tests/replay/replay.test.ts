import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import * as workflows from '../../workflows/index.ts';

const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));
const files = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json')).sort();

const WHAT_TO_DO =
  'A study that runs now would break on this change. Put it behind `patched()`, or give the workflow a new name; ' +
  'the recorded histories stay as they are.';

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
});

describe('recorded histories', () => {
  it('cover every workflow type', () => {
    const types = new Set(files.map((name) => name.split('.')[0]));
    expect([...types].sort()).toEqual(Object.keys(workflows).sort());
  });

  it.each(files)('%s replays', async (name) => {
    const recorded = JSON.parse(await readFile(`${HISTORIES}${name}`, 'utf8')) as {
      workflowId: string;
      history: unknown;
    };
    const replays = Worker.runReplayHistories({ workflowBundle }, [recorded]);
    for await (const { error } of replays) {
      if (error) throw new Error(`${name}: ${error.message}\n${WHAT_TO_DO}`);
    }
  });

  it('a history of other commands does not replay', async () => {
    const name = files.find((file) => file.startsWith('composeShard')) ?? '';
    const recorded = JSON.parse(await readFile(`${HISTORIES}${name}`, 'utf8')) as Recorded;
    for (const event of recorded.history.events) {
      const type = event.activityTaskScheduledEventAttributes?.activityType;
      if (type?.name === 'writeText') type.name = 'gradeText';
    }
    const errors: unknown[] = [];
    for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [recorded])) errors.push(error);
    expect(errors[0]).toMatchObject({ name: 'DeterminismViolationError' });
  });
});

interface Recorded {
  workflowId: string;
  history: { events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[] };
}
