/** A finished small study in a ledger of its own, made by the lab's models, and people who fill in what it exports. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { makeTextActivities } from '../../../activities/calls/texts.ts';
import { makeCorpusActivities } from '../../../activities/corpus/corpus.ts';
import { leaseServer } from '../../../activities/ledger/arms/checkpoints.ts';
import { saveStudy } from '../../../activities/ledger/studies.ts';
import { exportBlind } from '../../../activities/people/export-blind.ts';
import { importPoints } from '../../../activities/people/import-points.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import type { TextRef } from '../../../contracts/activities.ts';
import { openHome } from '../../../infra/home/open-home.ts';
import { startLab } from '../../../lab/servers/lab-server.ts';
import { answerJson, completion, startRecording } from '../../support/recording-server.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { openContext, untilDone, urlsOf } from '../../support/test-home.ts';

export interface JudgedStudy extends StoredPlan {
  readonly context: ActivityContext;
  readonly folder: string;
}

/** Two arms that need no training: what they write differs by their prompts. */
const study = smallStudy({
  arms: [
    { id: 'base', untrained: true },
    { id: 'base-careful', untrained: true, prompt: 'careful' },
  ],
  compose: { kept: { 1: 1 }, maxPlanned: { 1: 4 }, wave: 1 },
  evaluation: { k: [2, 3], settings: ['train', 'held-out'], combinations: 4, generations: 2, gradings: 1 },
});

export async function makeJudgedStudy(folder: string): Promise<JudgedStudy> {
  const lab = await startLab();
  let asked = 0;
  const students = await startRecording(({ body }, response) => {
    asked += 1;
    const text = `${asked % 5 === 0 ? '=2+3 ' : ''}By jove, "the harbour" waited ${String(body['seed'])} times.`;
    answerJson(response, completion(body['model'], text));
  });
  const home = openHome(folder);
  const context = await openContext(home.state, { lab: urlsOf(lab), runs: home.runs });
  const stored = await storePlan(context, study);
  const runtime = { limits: {}, rates: {}, cluster: study.cluster };
  await saveStudy(context.ledger.tables, { name: 'small', plan: stored.hash, runtime, state: 'finished' });
  await leaseServer(context.ledger.tables, 'tiny@main', students.url, 600_000);
  await walk(context, stored);
  await lab.close();
  return { ...stored, context, folder };
}

/** Does what the workflows do. */
async function walk(context: ActivityContext, { plan, hash }: StoredPlan): Promise<void> {
  const { writeText, gradeText } = makeTextActivities(context);
  const write = async (ref: TextRef, graders: readonly (number | 'keep')[]) => {
    await untilDone(() => writeText({ ref }));
    for (const grader of graders) await untilDone(() => gradeText({ ref, grader, round: 0 }));
  };
  const { countKept } = makeCorpusActivities(context);
  for (const [list, { items }] of plan.compose.entries())
    for (const index of items.keys()) {
      await write({ kind: 'compose', plan: hash, list, index }, ['keep']);
      const { kept, target } = await countKept({ plan: hash, list, composed: index + 1 });
      if (kept >= target) break;
    }
  for (const { id: arm } of plan.science.arms)
    for (const [list, { items }] of plan.evaluation.entries())
      for (const index of items.keys())
        for (const generation of [0, 1]) {
          const tuned = { student: 'tiny', arm, replicate: 0, partition: 0 };
          await write({ kind: 'evaluate', plan: hash, list, index, generation, tuned }, [0, 1]);
        }
}

export interface JsonItem {
  readonly item: string;
  readonly text: string;
  readonly points: Record<string, number | string | null>;
  comment: string;
}

export const exportTo = ({ context, plan, hash, folder }: JudgedStudy, name: string, texts = 64, seed = 1) =>
  exportBlind(context, { plan, hash, texts, seed, directory: join(folder, name) });

export const importFrom = ({ context, plan, hash }: JudgedStudy, file: string, person: string, replace = false) =>
  importPoints(context, { plan, hash, file, person, replace });

export const resultsOf = async ({ context, plan, hash }: JudgedStudy) =>
  (await analyseStudy(context, plan, hash)).results;

export const readItems = (file: string): JsonItem[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonItem);

/** Gives every point of the items what `give` says. */
export const fill = (
  items: readonly JsonItem[],
  give: (item: JsonItem, index: number, point: string) => number | string | null,
) =>
  items.map((item, index) => ({
    ...item,
    points: Object.fromEntries(Object.keys(item.points).map((point) => [point, give(item, index, point)])),
  }));

export const toLines = (items: readonly unknown[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');
