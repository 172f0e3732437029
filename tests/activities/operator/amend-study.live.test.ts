import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { makeAnalysisActivities } from '../../../activities/analysis/analysis-activities.ts';
import { readProvenance } from '../../../activities/analysis/read-provenance.ts';
import { writerOf } from '../../../activities/asking/text-requests.ts';
import { makeTextActivities } from '../../../activities/calls/texts.ts';
import { makeCorpusActivities } from '../../../activities/corpus/corpus.ts';
import { listFailedArms, leaseServer, recordFailedArm } from '../../../activities/ledger/arms/checkpoints.ts';
import { findStudy, saveStudy } from '../../../activities/ledger/studies.ts';
import { amendCell, redoFailed } from '../../../activities/operator/amend-study.ts';
import { makeOperatorActivities } from '../../../activities/operator/operator-activities.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import type { GeneratedRef } from '../../../contracts/activities.ts';
import { FAILURES } from '../../../contracts/failures.ts';
import type { TunedStudent } from '../../../contracts/plan.ts';
import { planCells } from '../../../domain/plan/plan-cells.ts';
import { caveatsOf } from '../../../domain/report/sections/caveats.ts';
import { readWritten } from '../../../domain/requests/read-back.ts';
import { requestKey } from '../../../domain/requests/requests.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { answerJson, completion, startRecording, type RecordingServer } from '../../support/recording-server.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const base: TunedStudent = { student: 'tiny', arm: 'base', replicate: 0, partition: 0 };
const runtime = { limits: {}, rates: {}, cluster: smallStudy().cluster };
const study = smallStudy({
  compose: { kept: { 1: 1 }, maxPlanned: { 1: 2 }, wave: 2 },
  arms: [{ id: 'base', untrained: true }],
  evaluation: { k: [2], settings: ['train', 'held-out'], combinations: 2, generations: 1, gradings: 1 },
});
const [train, heldOut] = ['tiny/base/k2/train', 'tiny/base/k2/held-out'] as const;

let lab: Lab;
let students: RecordingServer;
/** Texts fail for good while set, as the ledgers of earlier versions have some. */
let failing = false;
let context: ActivityContext;
let stored: StoredPlan;
beforeAll(async () => {
  lab = await startLab();
  students = await startRecording(({ body }, response) =>
    answerJson(response, completion(body['model'], `By jove, the harbour waited ${String(body['seed'])} times.`)),
  );
  context = await openContext(scratch, { lab: urlsOf(lab), runs: join(scratch, 'runs') });
  stored = await storePlan(context, study);
  await saveStudy(context.ledger.tables, { name: 'small', plan: stored.hash, runtime, state: 'running' });
  await leaseServer(context.ledger.tables, 'tiny@main', students.url, 600_000);
  await composeAll();
});
afterAll(async () => {
  await context.ledger.close();
  await lab.close();
});

async function untilDone(work: () => Promise<{ end: string }>): Promise<string> {
  for (;;) {
    const { end } = await asActivity(work);
    if (end !== 'open') return end;
  }
}

async function composeAll(): Promise<void> {
  const { writeText, gradeText } = makeTextActivities(context);
  for (const [list, { items }] of stored.plan.compose.entries())
    for (const index of items.keys()) {
      const ref = { kind: 'compose' as const, plan: stored.hash, list, index };
      await untilDone(() => writeText({ ref }));
      await untilDone(() => gradeText({ ref, grader: 'keep', round: 0 }));
    }
  const { countKept } = makeCorpusActivities(context);
  expect((await countKept({ plan: stored.hash, list: 0, composed: 2 })).kept).toBeGreaterThan(0);
}

async function failText(ref: GeneratedRef): Promise<void> {
  const { ledger } = context;
  const { prompt, requestAfter } = await writerOf(context, stored.plan, ref);
  const written = await readWritten((key) => ledger.find(key), prompt, requestAfter);
  const failed = { end: 'failed', reason: 'student: status 400: the request was rejected' } as const;
  if (written.end === 'open') await ledger.keep(requestKey(written.request), written.request, failed);
}

/** Does what the shards of a cell do; returns the ends of its texts. */
async function evaluate(path: string): Promise<string[]> {
  const { writeText, gradeText } = makeTextActivities(context);
  const cell = planCells(stored.plan).find((one) => one.path === path);
  if (!cell) throw new Error(`no cell ${path}`);
  const ends: string[] = [];
  for (const index of [0, 1]) {
    const { list, tuned } = cell;
    const ref: GeneratedRef = { kind: 'evaluate', plan: stored.hash, list, index, generation: 0, tuned };
    if (failing) await failText(ref);
    const end = await untilDone(() => writeText({ ref }));
    ends.push(end);
    if (end !== 'generated') continue;
    for (const grader of [0, 1]) await untilDone(() => gradeText({ ref, grader, round: 0 }));
  }
  return ends;
}

const analyse = () => analyseStudy(context, stored.plan, stored.hash);
const countsOf = async (setting: string) =>
  (await analyse()).results.cells.find((cell) => cell.setting === setting && cell.grader === 'strict')?.counts;
const amend = (cell: string, why?: string) =>
  amendCell(context, { plan: stored.hash, cell, ...(why === undefined ? {} : { why }) });

describe('a cell that is given up', () => {
  it('sends nothing, lacks what it lacks, and is named in results and report', async () => {
    await evaluate(train);
    expect((await analyse()).openCells).toEqual([heldOut]);
    expect(await amend(`small/${heldOut}`, 'the server is gone')).toEqual({ cell: heldOut, skipped: true });
    const asked = students.requests.length;
    expect(await evaluate(heldOut)).toEqual(['skipped', 'skipped']);
    const { gradeText } = makeTextActivities(context);
    const [cell] = planCells(stored.plan).filter(({ path }) => path === heldOut);
    const ref = { kind: 'evaluate' as const, plan: stored.hash, list: cell?.list ?? 0, index: 0, generation: 0 };
    expect(await gradeText({ ref: { ...ref, tuned: base }, grader: 0, round: 0 })).toEqual({ end: 'skipped' });
    expect(students.requests).toHaveLength(asked);
    const { open, openCells, results } = await analyse();
    expect({ open, openCells }).toEqual({ open: 0, openCells: [] });
    expect(results.amendments).toEqual([{ kind: 'skip', cell: heldOut, why: 'the server is gone' }]);
    expect(await countsOf('held-out')).toMatchObject({ planned: 2, generated: 0, failed: 2, gradingsPlanned: 0 });
    const [row] = results.cells.filter(({ setting }) => setting === 'held-out');
    expect(row?.metrics.fullMarks).toMatchObject({ mean: null, bounds: [0, 1] });
    expect(caveatsOf(stored.plan, results).join('\n')).toMatch(/tiny\/base\/k2\/held-out.*the server is gone/);
  });

  it('is neither tuned nor served for, and another one still is', async () => {
    const { listAsked } = makeOperatorActivities(context);
    expect(await listAsked({ plan: stored.hash, cells: [train, heldOut] })).toEqual([train]);
  });

  it('is open again when that is taken back, once', async () => {
    expect(await amend(heldOut)).toEqual({ cell: heldOut, skipped: false });
    const { openCells, results } = await analyse();
    expect(openCells).toEqual([heldOut]);
    expect(results.amendments).toEqual([]);
    expect(await fault(amend(heldOut))).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('not given up'),
    });
  });

  it('keeps what had been answered before', async () => {
    await amend(train, 'enough of it');
    expect(await countsOf('train')).toMatchObject({
      planned: 2,
      generated: 2,
      failed: 0,
      gradingsPlanned: 2,
      graded: 2,
    });
    await amend(train);
  });

  it('is given up and taken back by its activity, also as older histories have it: without the study', async () => {
    const { amendCell: activity } = makeOperatorActivities(context);
    const tell = (input: object) => asActivity(() => activity({ plan: stored.hash, cell: train, ...input } as never));
    expect(await tell({ why: 'enough of it' })).toEqual({ cell: train, skipped: true });
    expect(await tell({ study: 'small' })).toEqual({ cell: train, skipped: false });
    expect(await fault(tell({}))).toMatchObject({ type: FAILURES.refused, nonRetryable: true });
  });

  it('has to be one of the plan', async () => {
    expect(await fault(amend('tiny/base/k2/heldout', 'x'))).toMatchObject({
      name: 'UserError',
      remedy: expect.stringContaining(heldOut),
    });
  });
});

describe('what failed', () => {
  const redo = (cell?: string) => redoFailed(context, { plan: stored.hash, cell });

  it('is asked again, and nothing else is', async () => {
    failing = true;
    expect(await evaluate(heldOut)).toEqual(['failed', 'failed']);
    failing = false;
    expect(await countsOf('held-out')).toMatchObject({ failed: 2 });
    // It stays failed for whoever asks again by himself.
    expect(await evaluate(heldOut)).toEqual(['failed', 'failed']);
    const asked = students.requests.length;
    expect(await fault(redo(train))).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('Nothing failed'),
    });
    expect(await redo()).toEqual({ calls: 2, arms: 0 });
    expect((await analyse()).openCells).toEqual([heldOut]);
    expect(await evaluate(train)).toEqual(['generated', 'generated']);
    expect(students.requests).toHaveLength(asked);
    expect(await evaluate(heldOut)).toEqual(['generated', 'generated']);
    expect(students.requests).toHaveLength(asked + 2);
    expect(await countsOf('held-out')).toMatchObject({ generated: 2, failed: 0, missing: 0 });
    expect(await fault(redo())).toMatchObject({ name: 'UserError' });
  });

  it('in a finished study makes it unfinished; amendments of a finished study are refused', async () => {
    const { analyse: end } = makeAnalysisActivities(context);
    await end({ plan: stored.hash, study: 'small' });
    expect(await fault(amend(train, 'too late'))).toMatchObject({ message: expect.stringContaining('is finished') });
    await recordFailedArm(context.ledger.tables, stored.hash, { ...base, failure: 'Other', details: 'no memory left' });
    expect(await redo(heldOut)).toEqual({ calls: 0, arms: 1 });
    expect(await listFailedArms(context.ledger.tables, stored.hash)).toEqual([]);
    expect(await findStudy(context.ledger.tables, 'small')).toMatchObject({ state: 'running' });
  });

  it('stays counted in the provenance, with its reason in the ledger', async () => {
    const provenance = await readProvenance(context, stored.plan, { hash: stored.hash, runtime, datasets: new Map() });
    expect(provenance['setAside']).toEqual({ calls: 2, arms: 1 });
    const rows = await context.ledger.tables.selectFrom('set_aside').select(['kind', 'reason']).execute();
    expect(rows.filter(({ kind }) => kind === 'arm')).toEqual([{ kind: 'arm', reason: 'no memory left' }]);
    for (const { reason } of rows.filter(({ kind }) => kind === 'call')) expect(reason).toContain('400');
  });
});
