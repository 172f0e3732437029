/** Each case is played to real activities in a home of its own, through a proxy before the lab (`errors.ts`, `successes.ts`). */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/activity';
import { makeTextActivities } from '../../activities/calls/texts.ts';
import { listHolds, liftHold } from '../../activities/ledger/holds.ts';
import { listPayments } from '../../activities/ledger/payments.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { TextRef } from '../../contracts/activities.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { PaymentKind } from '../../contracts/payments.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import { startHostileProxy, type HostileProxy } from '../support/hostile-proxy.ts';
import { makeScratch } from '../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../support/small-study.ts';
import { asActivity, openContext } from '../support/test-home.ts';
import { ERRORS } from './errors.ts';
import type { HostileCase } from './hostile-case.ts';
import { SUCCESSES } from './successes.ts';

const scratch = makeScratch();
let lab: Lab;
let proxy: HostileProxy;
beforeAll(async () => {
  lab = await startLab();
  proxy = await startHostileProxy(lab);
});
afterAll(() => lab.close());

const STUDY = smallStudy({
  prices: { 'lab-openai/lab-teacher': { input: 1, output: 2 }, 'lab-anthropic/lab-lenient': { input: 1, output: 2 } },
});
const PROVIDERS = { openai: 'lab-openai', anthropic: 'lab-anthropic' } as const;
const MODELS = { openai: 'lab-openai/lab-teacher', anthropic: 'lab-anthropic/lab-lenient' } as const;
const MOST_ATTEMPTS = 12;

interface Bench {
  readonly context: ActivityContext;
  readonly stored: StoredPlan;
  readonly ask: (index: number) => Promise<string>;
}

async function openBench({ protocol, deadline = 60_000 }: HostileCase): Promise<Bench> {
  const folder = mkdtempSync(join(scratch, 'home-'));
  const context = await openContext(folder, { lab: { openai: proxy.openai, anthropic: proxy.anthropic }, deadline });
  const stored = await storePlan(context, STUDY);
  const { writeText, gradeText } = makeTextActivities(context);
  const refAt = (index: number): TextRef => ({ kind: 'compose', plan: stored.hash, list: 0, index });
  const write = (index: number) => untilOutcome(() => writeText({ ref: refAt(index) }));
  const grade = async (index: number) => {
    const { choose } = proxy;
    proxy.choose = () => undefined;
    await write(index);
    proxy.choose = choose;
    return untilOutcome(() => gradeText({ ref: refAt(index), grader: 1, round: 0 }));
  };
  return { context, stored, ask: protocol === 'openai' ? write : grade };
}

/** As Temporal would: again and again, without its waits, which must all be there. `held` once a person must act. */
async function untilOutcome(work: () => Promise<{ end: string }>): Promise<string> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const ended = await asActivity(work, attempt).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ApplicationFailure);
      const { type, nonRetryable, nextRetryDelay } = error as ApplicationFailure;
      expect(nonRetryable).toBe(false);
      expect(Number(nextRetryDelay)).toBeGreaterThanOrEqual(500);
      expect(Number(nextRetryDelay)).toBeLessThanOrEqual(10 * 60_000);
      return { end: type === FAILURES.held ? 'held' : 'open' };
    });
    if (ended.end !== 'open') return ended.end;
  }
  return 'asked without an end';
}

const CHOOSE = {
  once: () => {
    let played = false;
    return () => !played && (played = true);
  },
  always: () => () => true,
  'first sight': () => (seen: { sight: number }) => seen.sight === 0,
};

function play({ when, answer }: HostileCase): void {
  proxy.forget();
  const isHit = typeof when === 'function' ? when : CHOOSE[when]();
  proxy.choose = (seen) => (isHit(seen) ? answer : undefined);
}

async function bookedOf({ context, stored }: Bench, { protocol }: HostileCase) {
  const rows = (await listPayments(context.ledger.tables, stored.hash)).filter(
    ({ model }) => model === MODELS[protocol],
  );
  const count = (kind: PaymentKind) =>
    rows.filter((row) => row.kind === kind).reduce((sum, { calls }) => sum + calls, 0);
  return { replies: count('reply') + count('re-ask'), abandoned: count('abandoned'), errors: count('error') };
}

/** What the hostile answers say that they have written. */
async function outputOf({ context, stored }: Bench, { protocol }: HostileCase): Promise<number> {
  const rows = (await listPayments(context.ledger.tables, stored.hash)).filter(
    ({ model }) => model === MODELS[protocol],
  );
  return rows.reduce((sum, { usage }) => sum + usage.outputTokens, 0);
}

describe('what services send', () => {
  it.each([...ERRORS, ...SUCCESSES].map((one) => [one.name, one] as const))('%s', async (_, one) => {
    proxy.choose = () => undefined;
    const bench = await openBench(one);
    const { tables } = bench.context.ledger;
    if (one.warm) await bench.ask(1);
    await tables.deleteFrom('payments').execute();
    const provider = PROVIDERS[one.protocol];
    const before = proxy.seen.length;
    play(one);
    const { requests, booked, end, told, then = one.protocol === 'openai' ? 'generated' : 'graded' } = one.expected;
    const ended = await bench.ask(0);
    const own = proxy.seen
      .slice(before)
      .filter(({ path }) => path.includes(one.protocol === 'openai' ? 'chat' : 'messages'));
    const holds = await listHolds(tables, bench.stored.hash);
    const { output, ...counts } = booked;
    expect({ end: ended, requests: own.length, booked: await bookedOf(bench, one) }).toEqual({
      ...{ end, requests, booked: { replies: 0, abandoned: 0, errors: 0, ...counts } },
    });
    if (output !== undefined) {
      // Nothing of the lab's own replies is counted where the case says how much was written.
      const written = await outputOf(bench, one);
      if (counts.replies === requests && requests > 1) expect(written).toBeGreaterThanOrEqual(output);
      else expect(written).toBe(output);
    }
    expect(holds.map((hold) => hold.provider)).toEqual(end === 'held' ? [provider] : []);
    if (told) expect(holds[0]?.reason).toMatch(told);
    expect(await tables.selectFrom('calls').select('key').where('end', '=', 'failed').execute()).toEqual([]);
    proxy.choose = () => undefined;
    if (end === 'held') {
      await liftHold(tables, bench.stored.hash, provider);
      expect(await bench.ask(0)).toBe(then);
    }
    expect(await bench.ask(2)).toBe(one.protocol === 'openai' ? 'generated' : 'graded');
    await bench.context.ledger.close();
  });
});
