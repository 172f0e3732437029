import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';
import * as workflows from '../../workflows/index.ts';
import { findServices } from '../support/runner/live-services.ts';
import { replayHistory, type RecordedHistory } from './replay-history.ts';
import { readFileName, STAGES, type WorkflowType } from './stages.ts';

const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));
const files = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json')).sort();
const read = async (name: string) => JSON.parse(await readFile(`${HISTORIES}${name}`, 'utf8')) as RecordedHistory;

let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  ({ workflowBundle } = await findServices());
});

describe('recorded histories', () => {
  it.each(Object.keys(workflows) as WorkflowType[])('cover every stage of %s', (type) => {
    const recorded = files.map(readFileName).filter((file) => file.type === type);
    expect([...new Set(recorded.map(({ stage }) => stage))].sort()).toEqual([...STAGES[type]].sort());
  });

  it.each(files)('%s replays', async (name) => {
    const recorded = await read(name);
    const [first] = recorded.history.events;
    expect(first?.workflowExecutionStartedEventAttributes?.workflowType.name).toBe(readFileName(name).type);
    await replayHistory(workflowBundle, recorded);
  });

  it.each(files)('%s names no machine', async (name) => {
    const text = await readFile(`${HISTORIES}${name}`, 'utf8');
    expect(text).not.toMatch(/\d+@[\w.-]+|stackTrace|file:\/\/|node_modules/);
  });

  it('of other commands do not replay', async () => {
    const name = files.find((file) => file.startsWith('composeShard') && file.includes('finished')) ?? '';
    const recorded = await read(name);
    for (const event of recorded.history.events) {
      const type = event.activityTaskScheduledEventAttributes?.activityType;
      if (type?.name === 'writeText') type.name = 'gradeText';
    }
    await expect(replayHistory(workflowBundle, recorded)).rejects.toThrow(
      /composeShard.*\n.*gradeText.*\n.*patched\(\)/,
    );
  });
});
