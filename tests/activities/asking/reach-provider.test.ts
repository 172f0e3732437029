import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { batchProviderFor, providerFor } from '../../../activities/asking/reach-provider.ts';
import { saveAccess } from '../../../activities/ledger/models/access.ts';
import { hashOfPlan } from '../../../activities/shared/activity-context.ts';
import type { Access } from '../../../contracts/asking.ts';
import { completion } from '../../support/recording-server.ts';
import { makeScratch } from '../../support/scratch.ts';
import { makeSyntheticPlan } from '../../support/synthetic-study.ts';
import { fault, openContext, requestOf } from '../../support/test-home.ts';

const SECRET = 'planted-gateway-secret-0123456789';
const folder = makeScratch();
const context = await openContext(folder, {
  environment: { OWN_KEY: 'planted-key-0123456789', GATEWAY_KEY: SECRET, BROKEN: 'two\nlines' },
});
afterAll(() => context.ledger.close());

const whole = makeSyntheticPlan({ students: ['tiny'], replicates: 1, partitions: 1 });
const own = { protocol: 'openai', endpoint: 'http://there.test/v1', apiKey: 'OWN_KEY' } as const;
const plan = { ...whole, science: { ...whole.science, providers: { own } } };
const request = requestOf({ provider: 'own', model: 'm' });
const never = new AbortController().signal;

const fetched = globalThis.fetch;
const sent: Headers[] = [];
let echo = 'hi';
beforeEach(() => {
  globalThis.fetch = (_, init) => {
    sent.push(new Headers(init?.headers));
    return Promise.resolve(new Response(JSON.stringify(completion('m', echo))));
  };
});
afterEach(() => {
  globalThis.fetch = fetched;
});

const use = (access: Access) => saveAccess(context.ledger.tables, hashOfPlan(plan), { own: access });

describe('headers of the study file', () => {
  it('reach the provider, those by a variable too, and change with the next start', async () => {
    await use({ headers: { 'x-team': 'skills', 'api-key': { env: 'GATEWAY_KEY' } } });
    await (await providerFor(context, plan, request)).send(request, never);
    expect([sent.at(-1)?.get('x-team'), sent.at(-1)?.get('api-key')]).toEqual(['skills', SECRET]);
    await use({ headers: { 'x-team': 'others' } });
    await (await providerFor(context, plan, request)).send(request, never);
    expect([sent.at(-1)?.get('x-team'), sent.at(-1)?.get('api-key')]).toEqual(['others', null]);
  });

  it('are nowhere in what a server sends back, nor in the home', async () => {
    await use({ headers: { 'api-key': { env: 'GATEWAY_KEY' } } });
    echo = `it is ${SECRET}`;
    const { text } = await (await providerFor(context, plan, request)).send(request, never);
    expect(text).toBe('it is [key]');
    for (const file of readdirSync(folder).filter((name) => name.startsWith('ledger.db')))
      expect(readFileSync(join(folder, file), 'latin1')).not.toContain(SECRET);
  });

  it.each(['ABSENT', 'BROKEN'])('that the environment has no usable value for are named: %s', async (env) => {
    await use({ headers: { 'api-key': { env } } });
    const { message } = await fault(providerFor(context, plan, request));
    expect(message).toBe(
      `own: the worker's environment has no usable ${env}, which header api-key needs; set it and start the worker again`,
    );
    const log = { warn: () => undefined };
    expect((await fault(batchProviderFor(context, plan, 'own', log))).message).toBe(message);
  });
});
