import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callModel } from '../../activities/calls/call-model.ts';
import { takeEnvironment } from '../../activities/providers/take-environment.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { Plan } from '../../contracts/plan.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import { makeScratch } from '../support/scratch.ts';
import { smallStudy, storePlan } from '../support/small-study.ts';
import { asActivity, openContext, requestOf } from '../support/test-home.ts';
import { startEcho, type Echo, type EchoServer } from './echo-server.ts';

const KEY = 'sk-planted-9f27c1-this-must-never-be-seen';
const FOREIGN = 'foreign-token-that-goes-nowhere';
const scratch = makeScratch();
let lab: Lab;
let server: EchoServer;
let context: ActivityContext;
let plan: Plan;
let now: Echo | undefined;

beforeAll(async () => {
  lab = await startLab();
  server = await startEcho(lab, () => now);
  const environment = {
    TEACHER_KEY: KEY,
    OPENAI_CUSTOM_HEADERS: `x-foreign: ${FOREIGN}`,
    ANTHROPIC_CUSTOM_HEADERS: `x-foreign: ${FOREIGN}`,
    ANTHROPIC_AUTH_TOKEN: FOREIGN,
    OPENAI_LOG: 'debug',
    ANTHROPIC_LOG: 'debug',
  };
  Object.assign(process.env, environment);
  context = await openContext(scratch, { environment: takeEnvironment() });
  const provider = { apiKey: 'TEACHER_KEY' };
  ({ plan } = await storePlan(
    context,
    smallStudy({
      providers: {
        'lab-openai': { protocol: 'openai', endpoint: server.openaiUrl, ...provider },
        'lab-anthropic': { protocol: 'anthropic', endpoint: server.anthropicUrl, ...provider },
      },
    }),
  ));
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});

const MODELS = { 'lab-openai': 'lab-strict', 'lab-anthropic': 'lab-lenient' } as const;
let asked = 0;
const ask = (provider: keyof typeof MODELS) => {
  const parameters = { maxTokens: 40, temperature: 0.5, topP: 'not sent', seed: 'not sent' } as const;
  const request = requestOf({ provider, model: MODELS[provider], parameters, sample: (asked += 1) });
  return asActivity(() => callModel(context, plan, request, 'compose'));
};

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());

it('headers and tokens that the environment means for others are not sent', async () => {
  now = undefined;
  await ask('lab-openai');
  await ask('lab-anthropic');
  expect(server.seen.map(({ protocol }) => protocol)).toEqual(['openai', 'anthropic']);
  expect(JSON.stringify(server.seen)).not.toContain(FOREIGN);
});

describe.each(['lab-openai', 'lab-anthropic'] as const)('a server of %s that sends the key back', (provider) => {
  // The refused key last: its provider is not asked again for a while.
  it.each([400, 429, 500, 'broken', 'model', 'text', 401] as const)(
    'as %s leaves nothing of it in failures or replies',
    async (echo) => {
      now = echo;
      // As when a person has let the provider go again.
      for (const table of ['holds', 'faults'] as const) await context.ledger.tables.deleteFrom(table).execute();
      const before = server.seen.length;
      const outcome = await ask(provider).catch((error: unknown) => error);
      expect(server.seen.slice(before).map(({ key }) => key)).toEqual([KEY]);
      const all = inspect(outcome, { depth: 20, showHidden: true });
      expect(all).not.toContain(KEY);
      if (echo === 'text') expect(outcome).toMatchObject({ end: 'complete', text: 'it is [key]' });
      else expect(outcome).toBeInstanceOf(Error);
    },
  );
});

it('nothing of it is in ledger and store', () => {
  expect(readFileSync(join(scratch, 'ledger.db-wal')).includes('lab-anthropic: status 401')).toBe(true);
  for (const path of files(scratch)) expect([path, readFileSync(path).includes(KEY)]).toEqual([path, false]);
});
