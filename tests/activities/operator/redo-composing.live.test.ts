import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { makeAnalysisActivities } from '../../../activities/analysis/analysis-activities.ts';
import { makeTextActivities } from '../../../activities/calls/texts.ts';
import { findDigest, trainingKeyOf } from '../../../activities/jobs/checkpoint-digests.ts';
import { recordCheckpoint, recordFailedArm } from '../../../activities/ledger/arms/checkpoints.ts';
import { saveStudy } from '../../../activities/ledger/studies.ts';
import { redoFailed } from '../../../activities/operator/amend-study.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { gapsSchema } from '../../../contracts/outputs/gaps.ts';
import { composedWriter } from '../../../domain/requests/item-requests.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { fault, openContext, untilDone, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const tuned = { student: 'tiny', arm: '1', replicate: 0, partition: 0 };
const runtime = { limits: {}, rates: {}, cluster: smallStudy().cluster };
const REFUSED = 'lab-openai: status 422: seed: extra fields not permitted';

let lab: Lab;
let context: ActivityContext;
let stored: StoredPlan;
beforeAll(async () => {
  lab = await startLab();
  context = await openContext(scratch, { lab: urlsOf(lab) });
  stored = await storePlan(
    context,
    smallStudy({
      compose: { kept: { 1: 2 }, maxPlanned: { 1: 4 }, wave: 2 },
      arms: [{ id: '1', take: { 1: 'all' } }],
      evaluation: { k: [2], settings: ['train'], combinations: 1, generations: 1, gradings: 1 },
    }),
  );
  await saveStudy(context.ledger.tables, { name: 'small', plan: stored.hash, runtime, state: 'running' });
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});

const analyse = () => analyseStudy(context, stored.plan, stored.hash);
const redo = () => redoFailed(context, { plan: stored.hash });

async function compose(): Promise<void> {
  const { writeText, gradeText } = makeTextActivities(context);
  for (const index of stored.plan.compose[0]?.items.keys() ?? []) {
    const ref = { kind: 'compose' as const, plan: stored.hash, list: 0, index };
    await untilDone(() => writeText({ ref }));
    await untilDone(() => gradeText({ ref, grader: 'keep', round: 0 }));
  }
}

/** Keeps a failure for every first turn of the teacher, as a version did that took every status 422 for an outcome. */
async function failComposing(): Promise<void> {
  for (const index of stored.plan.compose[0]?.items.keys() ?? []) {
    const request = composedWriter(stored.plan, { list: 0, index }).requestAfter([]);
    await context.ledger.keep(requestKey(request), request, { end: 'failed', reason: REFUSED });
  }
}

describe('a corpus whose calls failed', () => {
  it('stays as it is while an arm is to be tuned on it, or is being tuned', async () => {
    await failComposing();
    expect(await fault(redo())).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/4 calls failed .* tiny\/1 uses that corpus/),
    });
  });

  it('is named with its reason in gaps.json, and its arm too', async () => {
    await recordFailedArm(context.ledger.tables, stored.hash, { ...tuned, failure: 'Other', details: 'no text' });
    const { analyse: end } = makeAnalysisActivities(context);
    expect(await end({ plan: stored.hash, study: 'small' })).toMatchObject({ failedArms: 1 });
    const { gaps } = gapsSchema.parse(JSON.parse(await readFile(join(context.runs, 'small', 'gaps.json'), 'utf8')));
    expect(gaps).toMatchObject([
      { kind: 'corpus', missing: 2, planned: 2, reasons: [{ reason: `failed: ${REFUSED}`, count: 4 }] },
      { kind: 'arm', where: 'tiny/1' },
    ]);
    const report = await readFile(join(context.runs, 'small', 'report.html'), 'utf8');
    expect(report).toContain('What is missing');
    expect(report).toContain('extra fields not permitted');
  });

  it('is asked again, and its arm is made from the new corpus alone', async () => {
    const before = await trainingKeyOf(context, stored.plan, tuned);
    expect(await redo()).toEqual({ calls: 4, arms: 1, composing: 4 });
    const { openLists, openCells } = await analyse();
    expect({ openLists, openCells }).toEqual({ openLists: [0], openCells: ['tiny/1/k2/train'] });
    const { analyse: end } = makeAnalysisActivities(context);
    expect(await end({ plan: stored.hash, study: 'small' })).toEqual({ open: ['tiny/1/k2/train'], compose: [0] });
    await compose();
    expect((await analyse()).gaps.filter(({ kind }) => kind === 'corpus')).toEqual([]);
    expect(await trainingKeyOf(context, stored.plan, tuned)).not.toBe(before);
  });

  it('stays as it is once an arm was tuned on it', async () => {
    const request = composedWriter(stored.plan, { list: 0, index: 3 }).requestAfter([]);
    await context.ledger.tables
      .updateTable('calls')
      .set({ end: 'failed' })
      .where('key', '=', requestKey(request))
      .execute();
    // Two texts before it are kept: the corpus does not reach it.
    const key = String(await trainingKeyOf(context, stored.plan, tuned));
    await recordCheckpoint(context.ledger.tables, key, { digest: 'd'.repeat(64), directory: scratch, details: {} });
    expect(await findDigest(context, stored.plan, stored.hash, tuned)).toBe('d'.repeat(64));
    expect(await fault(redo())).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/1 call failed .* tiny\/1 uses that corpus/),
    });
  });
});
