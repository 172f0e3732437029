/** The worst of what services send, through a real Temporal server: its waits and retries are its own. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeTextActivities } from '../../activities/calls/texts.ts';
import { listHolds, liftHold } from '../../activities/ledger/holds.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import { startHostileProxy, type HostileAnswer, type HostileProxy } from '../support/hostile-proxy.ts';
import { openBench, smallOutline, withStudy, type Bench } from '../support/runner/scripted-study.ts';
import { makeScratch } from '../support/scratch.ts';
import { smallStudy, storePlan } from '../support/small-study.ts';
import { openContext } from '../support/test-home.ts';

const scratch = makeScratch();
let bench: Bench;
let lab: Lab;
let proxy: HostileProxy;
beforeAll(async () => {
  bench = await openBench();
  lab = await startLab();
  proxy = await startHostileProxy(lab);
});
afterAll(async () => {
  await lab.close();
  await bench.close();
});

/** A study whose teacher and keep grader are asked for real, one text after the other; the rest is scripted. */
async function playStudy(answer: HostileAnswer, isHit: (index: number) => boolean, letGo = false) {
  const context = await openContext(mkdtempSync(join(scratch, 'home-')), {
    lab: { openai: proxy.openai, anthropic: proxy.anthropic },
  });
  const stored = await storePlan(context, smallStudy());
  const { writeText, gradeText } = makeTextActivities(context);
  const real = <T extends { readonly ref: { readonly kind: string } }>(input: T): T => ({
    ...input,
    ref: { ...input.ref, plan: stored.hash },
  });
  const first = proxy.seen.length;
  proxy.choose = ({ index }) => (isHit(index - first) ? answer : undefined);
  const script = {
    writeText: async (input: Parameters<typeof writeText>[0]) =>
      input.ref.kind === 'compose' ? writeText(real(input)) : { end: 'generated' as const },
    gradeText: async (input: Parameters<typeof gradeText>[0]) =>
      input.ref.kind === 'compose' ? gradeText(real(input)) : { end: 'graded' as const },
  };
  const outline = (queue: string) => smallOutline(queue, { compose: [{ list: 0, partition: 0, k: 1, waves: [2] }] });
  const holds: string[] = [];
  await withStudy(bench, { script, outline }, async ({ handle }) => {
    const person = setInterval(() => {
      void listHolds(context.ledger.tables, stored.hash).then(async (held) => {
        for (const { provider, reason } of held) {
          if (!letGo) return;
          holds.push(reason);
          proxy.choose = () => undefined;
          await liftHold(context.ledger.tables, stored.hash, provider);
        }
      });
    }, 300);
    await handle.result().finally(() => clearInterval(person));
  });
  const kept = await context.ledger.tables.selectFrom('calls').select('end').execute();
  await context.ledger.close();
  return { requests: proxy.seen.length - first, kept: kept.length, holds };
}

describe('a study on a real server', () => {
  it('continues after a 429 with retry-after: 0', async () => {
    const slow = { status: 429, headers: { 'retry-after': '0' }, body: { error: { message: 'slow down' } } };
    const { requests, kept } = await playStudy(slow, (index) => index === 0);
    expect(requests).toBe(kept + 1);
    expect(kept).toBeGreaterThanOrEqual(4);
  });

  it('waits for a person under a 400 that says nothing, and keeps nothing of it', async () => {
    const bad = { status: 400, body: { error: { message: 'Bad request', type: 'invalid_request_error' } } };
    const { kept, holds } = await playStudy(bad, () => true, true);
    expect(holds[0]).toMatch(/status 400.*rejected/);
    expect(kept).toBeGreaterThanOrEqual(4);
  });
});
