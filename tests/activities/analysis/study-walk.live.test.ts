import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { makeAnalysisActivities } from '../../../activities/analysis/analysis-activities.ts';
import { writeOutputs, type Outputs } from '../../../activities/analysis/write-outputs.ts';
import { makeTextActivities } from '../../../activities/calls/texts.ts';
import { makeCorpusActivities } from '../../../activities/corpus/corpus.ts';
import { makeDataset, readKept } from '../../../activities/corpus/datasets.ts';
import { trainingKeyOf } from '../../../activities/jobs/checkpoint-digests.ts';
import { leaseServer, recordCheckpoint, recordFailedArm } from '../../../activities/ledger/arms/checkpoints.ts';
import { budgetOf } from '../../../activities/ledger/gates.ts';
import { listPayments } from '../../../activities/ledger/payments.ts';
import { saveStudy } from '../../../activities/ledger/studies.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import type { TextRef } from '../../../contracts/activities.ts';
import type { PaymentRow } from '../../../contracts/payments.ts';
import type { TunedStudent } from '../../../contracts/plan.ts';
import type { Cell, Results } from '../../../contracts/results.ts';
import { sha256 } from '../../../domain/basics/hash.ts';
import { certify } from '../../../domain/corpus/certificate.ts';
import { tabulatePayments } from '../../../domain/money/payments.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { answerJson, completion, startRecording, type RecordingServer } from '../../support/recording-server.ts';
import { makeScratch } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { fault, openContext, untilDone, urlsOf } from '../../support/test-home.ts';

const scratch = makeScratch();
const runtime = { limits: {}, rates: {}, cluster: smallStudy().cluster };
const base: TunedStudent = { student: 'tiny', arm: 'base', replicate: 0, partition: 0 };
const tuned: TunedStudent = { ...base, arm: '1,2' };

let lab: Lab;
let students: RecordingServer;
beforeAll(async () => {
  lab = await startLab({
    faults: {
      seed: 5,
      transport: { serverError: 0.05, brokenEnvelope: 0.05 },
      content: { refused: 0.05, truncated: 0.05, malformed: 0.1 },
    },
  });
  students = await startRecording(({ body }, response) =>
    answerJson(response, completion(body['model'], `By jove, the harbour waited ${String(body['seed'])} times.`)),
  );
});
afterAll(() => lab.close());

async function writeAndGrade(
  context: ActivityContext,
  ref: TextRef,
  gradings: readonly (readonly [number | 'keep', number])[],
) {
  const { writeText, gradeText } = makeTextActivities(context);
  if ((await untilDone(() => writeText({ ref }))) !== 'generated') return;
  for (const [grader, rounds] of gradings)
    for (let round = 0; round < rounds; round += 1) await untilDone(() => gradeText({ ref, grader, round }));
}

/** Composes in waves, as `countKept` says. */
async function compose(context: ActivityContext, { plan, hash }: StoredPlan): Promise<void> {
  const { countKept } = makeCorpusActivities(context);
  for (const [list, { waves, items }] of plan.compose.entries()) {
    let composed = 0;
    for (const size of waves) {
      const refs = Array.from({ length: size }, (_, at) => composed + at);
      await Promise.all(
        refs.map((index) => writeAndGrade(context, { kind: 'compose', plan: hash, list, index }, [['keep', 1]])),
      );
      composed += size;
      const { kept, target } = await countKept({ plan: hash, list, composed });
      if (kept >= target) break;
    }
    expect(composed).toBeLessThanOrEqual(items.length);
  }
}

async function evaluate(context: ActivityContext, { plan, hash }: StoredPlan, who: TunedStudent): Promise<void> {
  for (const [list, { items }] of plan.evaluation.entries())
    for (const index of items.keys())
      for (const generation of [0, 1])
        await writeAndGrade(context, { kind: 'evaluate', plan: hash, list, index, generation, tuned: who }, [
          [0, 2],
          [1, 2],
        ]);
}

/** Stands for the trainer and the server, which are not this suite's business. */
async function train(context: ActivityContext, { plan }: StoredPlan): Promise<void> {
  const key = (await trainingKeyOf(context, plan, tuned)) as string;
  await recordCheckpoint(context.ledger.tables, key, { digest: 'digest-of-1,2', directory: scratch, details: {} });
  for (const digest of ['tiny@main', 'digest-of-1,2'])
    await leaseServer(context.ledger.tables, digest, students.url, 600_000);
}

const analyse = async (context: ActivityContext, { plan, hash }: StoredPlan) => {
  const analysis = await analyseStudy(context, plan, hash);
  return { analysis, outputs: await writeOutputs(context, { plan, hash, runtime, analysis }) };
};

async function filesOf(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  );
}

const denominators = ({ counts }: Cell, gradings: number): void => {
  expect(counts.planned).toBe(counts.generated + counts.refused + counts.truncated + counts.failed);
  expect(counts.gradingsPlanned).toBe(counts.generated * gradings);
  expect(counts.gradingsPlanned).toBe(counts.graded + counts.unparsable + counts.missing);
};

/** Every reply that the results use is booked once, by phase; what was asked or paid for again is told beside it. */
async function expectBooks({ ledger }: ActivityContext, { hash }: StoredPlan, outputs: Outputs): Promise<void> {
  const rows = tabulatePayments(await listPayments(ledger.tables, hash));
  const { spending } = JSON.parse(readFileSync(String(outputs.results), 'utf8')) as Results;
  const used = Object.entries(spending.byModel).filter(([model]) => !model.startsWith('student/'));
  for (const [model, { calls, inputTokens, outputTokens }] of used) {
    const own = rows.filter((row) => row.model === model);
    const sum = (of: (row: PaymentRow) => number): number => own.reduce((total, row) => total + of(row), 0);
    expect(sum(({ replies }) => replies.calls)).toBe(calls);
    expect([sum((row) => row.inputTokens), sum((row) => row.outputTokens)]).toEqual([inputTokens, outputTokens]);
  }
  const { abandoned } = await ledger.sendTotals();
  expect(rows.reduce((total, row) => total + row.abandoned.calls, 0)).toBe(abandoned);
  expect(abandoned).toBeGreaterThan(0);
  expect(new Set(rows.flatMap(({ phase, reasks }) => (reasks.calls > 0 ? [phase] : [])))).toContain('evaluate');
  const { spent, reserved } = await budgetOf(ledger.tables, hash);
  expect(rows.reduce((total, { usd }) => total + usd, 0)).toBeCloseTo(spent / 1e9, 9);
  expect(reserved).toBe(0);
  expect(readFileSync(outputs.report, 'utf8')).toContain('What this study paid');
}

describe('a small study, activity by activity', () => {
  let context: ActivityContext;
  let stored: StoredPlan;
  beforeAll(async () => {
    context = await openContext(scratch, { lab: urlsOf(lab) });
    stored = await storePlan(context);
    await saveStudy(context.ledger.tables, { name: 'small', plan: stored.hash, runtime, state: 'running' });
  });
  afterAll(() => context.ledger.close());

  it('before its first call is open and has no results', async () => {
    const { analysis, outputs } = await analyse(context, stored);
    expect(analysis.open).toBeGreaterThan(0);
    expect(analysis.done).toBe(0);
    expect(outputs.results).toBeUndefined();
    expect(existsSync(join(outputs.directory, 'results.json'))).toBe(false);
    expect(existsSync(join(outputs.directory, 'report.html'))).toBe(true);
    const { countKept } = makeCorpusActivities(context);
    expect((await fault(countKept({ plan: stored.hash, list: 0, composed: 1 }))).message).toContain('not composed yet');
    const { analyse: end } = makeAnalysisActivities(context);
    expect(await end({ plan: stored.hash, study: 'small' })).toEqual({
      open: analysis.openCells,
      compose: [0, 1],
    });
    expect(analysis.openCells).toHaveLength(2 * 2);
  });

  it('composes in waves until the target is kept; counting changes nothing', async () => {
    await compose(context, stored);
    const { countKept } = makeCorpusActivities(context);
    const first = await countKept({ plan: stored.hash, list: 0, composed: 6 });
    expect(await countKept({ plan: stored.hash, list: 0, composed: 6 })).toEqual(first);
    expect(first.target).toBe(6);
    expect(first.kept).toBeLessThanOrEqual(6);
  });

  it('makes a training file that its certificate vouches for', async () => {
    const kept = await readKept(context, stored.plan, 0);
    const { content, certified } = makeDataset(stored.plan, tuned, kept);
    const rows = content.trimEnd().split('\n');
    expect(rows).toHaveLength(certified.examples);
    expect(certified.examples).toBe((kept.get(1)?.length ?? 0) + (kept.get(2)?.length ?? 0));
    expect(certified.examples).toBeGreaterThan(4);
    expect(certified.sha256).toBe(sha256(content));
  });

  it('stops at a held-out name in the prompt of a kept text (invariant 2)', async () => {
    const kept = await readKept(context, stored.plan, 0);
    const heldOut = stored.plan.partitions[0]?.sides['held-out'];
    const [first] = kept.get(1) ?? [];
    if (!first || !heldOut) throw new Error('nothing was kept');
    for (const combination of [
      { ...first.combination, skills: [heldOut.skills[0] as string] },
      { ...first.combination, topic: heldOut.topics[0] as string },
    ]) {
      const planted = new Map(kept).set(1, [{ ...first, combination }]);
      expect(() => makeDataset(stored.plan, tuned, planted)).toThrow(/not on the train side/);
    }
    // The name alone, in the bytes of a prompt: the combination says nothing of it.
    const { content, texts } = makeDataset(stored.plan, tuned, kept);
    const nameOf = (id: string | undefined) => stored.plan.catalog.skills.find((skill) => skill.id === id)?.name ?? '';
    const asked = nameOf(texts[0]?.combination.skills[0]);
    const planted = content.replace(asked, nameOf(heldOut.skills[0]));
    expect(planted).not.toBe(content);
    const combinations = texts.map(({ combination }) => combination);
    const given = { plan: stored.plan, student: 'tiny', partition: 0, arm: '1,2', combinations };
    expect(() => certify({ ...given, content: planted })).toThrow(/held-out name/);
    expect(certify({ ...given, content }).examples).toBe(texts.length);
  });

  it('stays open while an arm is not trained, and names what is missing when the arm is given up', async () => {
    await train(context, stored);
    await evaluate(context, stored, base);
    const { analysis } = await analyse(context, stored);
    expect(analysis.open).toBe(2 * 4 * 2 * (1 + 2 * 2));
    expect(analysis.done).toBeGreaterThan(0);
    const details = 'the cluster burned';
    await recordFailedArm(context.ledger.tables, stored.hash, { ...tuned, failure: 'TrainingFailed', details });
    const given = await analyseStudy(context, stored.plan, stored.hash);
    expect(given.open).toBe(0);
    const cell = given.results.cells.find(({ arm }) => arm === '1,2') as Cell;
    expect(cell.counts).toMatchObject({ planned: 8, failed: 8, generated: 0, missing: 0 });
    expect(cell.metrics.fullMarks).toMatchObject({ mean: null, bounds: [0, 1] });
    await context.ledger.tables.deleteFrom('failed_arms').execute();
  });

  it('ends with results whose denominators add up (invariant 4)', async () => {
    await evaluate(context, stored, tuned);
    const { analyse: end } = makeAnalysisActivities(context);
    const ended = await end({ plan: stored.hash, study: 'small' });
    const results = 'open' in ended ? '' : ended.results;
    const written = JSON.parse(readFileSync(results, 'utf8')) as Results;
    expect(written.cells).toHaveLength(2 * 2 * 2);
    for (const cell of written.cells) denominators(cell, 2);
    expect(written.cells.every(({ counts }) => counts.planned === 8)).toBe(true);
    expect(written.spending.calls).toBeGreaterThan(80);
    const dataset = readFileSync(join(scratch, 'runs/small/datasets/1,2.jsonl'));
    const certificate = readFileSync(join(scratch, 'runs/small/certificate.json'), 'utf8');
    expect(certificate).toContain(sha256(dataset));
  });

  it('is analysed again to the same bytes, offline, from a copy of the ledger in another order (invariants 5, 6)', async () => {
    const { outputs } = await analyse(context, stored);
    const first = await filesOf(outputs.directory);
    expect(Object.keys(first)).toHaveLength(8);
    const asked = students.requests.length;
    const offline = await openContext(scratch, { owner: 'report' });
    await analyse(offline, stored);
    expect(await filesOf(outputs.directory)).toEqual(first);
    expect(students.requests.length).toBe(asked);
    await offline.ledger.close();
  });

  it('run in another home, in another order and with other faults, has the same results (invariant 5)', async () => {
    const folder = join(scratch, 'other');
    mkdirSync(folder);
    const quiet = await startLab({
      faults: { seed: 5, transport: { cut: 0.1 }, content: { refused: 0.05, truncated: 0.05, malformed: 0.1 } },
    });
    const other = await openContext(folder, { lab: urlsOf(quiet), runs: join(folder, 'runs') });
    const again = await storePlan(other);
    expect(again.hash).toBe(stored.hash);
    await leaseServer(other.ledger.tables, 'tiny@main', students.url, 600_000);
    await evaluate(other, again, base);
    await compose(other, again);
    await train(other, again);
    await evaluate(other, again, tuned);
    const { outputs } = await analyse(other, again);
    for (const file of ['results.json', 'certificate.json', 'plan.json', 'datasets/1,2.jsonl'])
      expect(readFileSync(join(outputs.directory, file), 'utf8')).toBe(
        readFileSync(join(scratch, 'runs/small', file), 'utf8'),
      );
    await expectBooks(other, again, outputs);
    await other.ledger.close();
    await quiet.close();
  });
});
