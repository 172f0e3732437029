/** Every text with its exact prompts and replies, by the lab's servers, as `./etude show` prints it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readText } from '../../../../activities/analysis/read-text.ts';
import { makeTextActivities } from '../../../../activities/calls/texts.ts';
import type { ActivityContext } from '../../../../activities/shared/activity-context.ts';
import { describeCall, describeText } from '../../../../client/terminal/show-text.ts';
import { requestKey } from '../../../../domain/requests/requests.ts';
import { startLab, type Lab } from '../../../../lab/servers/lab-server.ts';
import { makeScratch } from '../../../support/scratch.ts';
import { storePlan, type StoredPlan } from '../../../support/small-study.ts';
import { asActivity, openContext, untilDone, urlsOf } from '../../../support/test-home.ts';

const scratch = makeScratch();
let lab: Lab;
let context: ActivityContext;
let stored: StoredPlan;
beforeAll(async () => {
  lab = await startLab();
  context = await openContext(scratch, { lab: urlsOf(lab) });
  stored = await storePlan(context);
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});

const ref = () => ({ kind: 'compose' as const, plan: stored.hash, list: 0, index: 0 });

describe('a training text', () => {
  it('that is not asked for yet shows what will be asked', async () => {
    const shown = await readText(context, stored.plan, ref());
    expect(shown).toMatchObject({ written: { end: 'open' }, turns: [{ call: null }], gradings: [] });
    expect(describeText(stored.plan, 'compose/k1/0', shown).join('\n')).toContain('not asked yet');
  });

  it('shows each turn, the text and each grading with its reply, under the keys of the ledger', async () => {
    const { writeText, gradeText } = makeTextActivities(context);
    await untilDone(() => writeText({ ref: ref() }));
    await asActivity(() => gradeText({ ref: ref(), grader: 'keep', round: 0 }));
    const shown = await readText(context, stored.plan, ref());
    expect(shown.written.end).toBe('generated');
    expect(shown.turns.length).toBeGreaterThan(0);
    const [grading] = shown.gradings;
    expect(grading).toMatchObject({ grader: 'strict', outcome: { end: 'graded' } });
    for (const call of [...shown.turns, ...(grading?.calls ?? [])]) {
      expect(requestKey(call.request)).toBe(call.key);
      expect(await context.ledger.find(call.key)).toMatchObject({ end: 'complete' });
      expect(describeCall(call).join('\n')).toContain(call.request.messages[0]?.content.split('\n')[0]);
    }
    const lines = describeText(stored.plan, 'compose/k1/0', shown).join('\n');
    for (const label of shown.labels) expect(lines).toContain(label);
    const [first] = shown.turns;
    expect(await context.ledger.listKeys(String(first?.key).slice(0, 12), 5)).toEqual([first?.key]);
    expect(await context.ledger.listKeys('0'.repeat(12), 5)).toEqual([]);
  });

  it('of a student that is not trained yet says so', async () => {
    const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
    const text = { kind: 'evaluate' as const, plan: stored.hash, list: 0, index: 0, generation: 0, tuned };
    expect(await readText(context, stored.plan, text)).toMatchObject({ written: { end: 'not trained' } });
  });
});
