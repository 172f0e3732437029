/** Writes the folder `runs/<study>/`, which other tools may read: each file is written whole. */
import { join } from 'node:path';
import type { Gaps } from '../../contracts/outputs/gaps.ts';
import type { Plan, Runtime } from '../../contracts/plan.ts';
import { canonicalJson } from '../../domain/basics/hash.ts';
import { datasetName } from '../../domain/corpus/dataset-name.ts';
import { dedupe, removalCurve } from '../../domain/corpus/dedupe.ts';
import { pickSideBySide } from '../../domain/failures/side-by-side.ts';
import { tabulatePayments } from '../../domain/money/payments.ts';
import type { CorpusDetails } from '../../domain/report/page/report-input.ts';
import { renderReport } from '../../domain/report/render-report.ts';
import type { Corpus } from '../corpus/corpus.ts';
import { listPayments } from '../ledger/payments.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { writeOutput } from '../shared/store.ts';
import type { Analysis } from './analyse-study.ts';
import { readProvenance } from './read-provenance.ts';
import { readPublished } from './read-published.ts';

export interface Outputs {
  readonly directory: string;
  readonly report: string;
  /** The path of `results.json`; undefined while the study is not finished, as partial results are never written. */
  readonly results: string | undefined;
}

/** The file in the study's folder that lists what a finished study lacks; `gapsSchema` is its schema. */
export const GAPS_FILE = 'gaps.json';

/** JSON with sorted keys, two blanks per level and a final newline, so that equal values give equal bytes. */
export const toSortedJson = (value: unknown): string =>
  `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;

export async function writeOutputs(
  context: ActivityContext,
  { plan, hash, runtime, analysis }: { plan: Plan; hash: string; runtime: Runtime; analysis: Analysis },
): Promise<Outputs> {
  const directory = join(context.runs, plan.science.name);
  const { results, failures, certificate, datasets, corpora, gaps, open, done } = analysis;
  const provenance = await readProvenance(context, plan, { hash, runtime, datasets });
  const published = await readPublished(context.root, plan.catalog.name);
  const running = open === 0 ? null : { done, planned: done + open };
  const payments = tabulatePayments(await listPayments(context.ledger.tables, hash));
  const input = { plan, planHash: hash, results, failures, certificate, provenance, running, payments };
  const report = join(directory, 'report.html');
  await writeOutput(join(directory, 'plan.json'), canonicalJson(plan));
  for (const [path, content] of datasetFiles(plan, datasets))
    await writeOutput(join(directory, 'datasets', path), content);
  await writeOutput(join(directory, 'certificate.json'), toSortedJson(certificate));
  await writeOutput(join(directory, 'provenance.json'), toSortedJson(provenance));
  await writeOutput(
    report,
    await renderReport({
      ...input,
      // What is still to come is no gap.
      gaps: running ? [] : gaps,
      ...(published && { published }),
      sideBySide: pickSideBySide(analysis.outcomes, plan),
      corpusDetails: corpora.map((corpus) => detailsOf(plan, corpus)),
    }),
  );
  if (running) return { directory, report, results: undefined };
  await writeOutput(join(directory, 'failures.json'), toSortedJson(failures));
  const missing: Gaps = { schema: 1, study: plan.science.name, plan: hash, gaps: [...gaps] };
  await writeOutput(join(directory, GAPS_FILE), toSortedJson(missing));
  // Written last: where results.json exists, all other files exist too.
  await writeOutput(join(directory, 'results.json'), toSortedJson(results));
  return { directory, report, results: join(directory, 'results.json') };
}

function* datasetFiles(plan: Plan, datasets: Analysis['datasets']): Generator<[path: string, content: string]> {
  for (const [name, { content }] of datasets) {
    const [arm = '', student = '', partition] = name.split('|');
    yield [datasetName(plan, { arm, student, partition: Number(partition) }), content];
  }
}

/** For one corpus: what dedupe removed, and what it would remove at other thresholds, among texts the keep rule passed. */
function detailsOf(plan: Plan, { row, composed, dropped }: Corpus): CorpusDetails {
  const failed = new Set(
    dropped.filter(({ reason }) => reason !== 'duplicate' && reason !== 'surplus').map(({ index }) => index),
  );
  const texts = composed.flatMap(({ index, outcome }) =>
    failed.has(index) || outcome.end !== 'generated' ? [] : [{ index, text: outcome.text }],
  );
  const rule = plan.science.compose.dedupe;
  const textAt = new Map(texts.map(({ index, text }) => [index, text]));
  return {
    partition: row.partition,
    k: row.k,
    removalCurve: removalCurve(texts, rule).map(({ near, removed }) => ({ threshold: near, removed })),
    dropped: dedupe(texts, rule).dropped.map((duplicate) => ({
      ...duplicate,
      text: textAt.get(duplicate.index) ?? '',
      ofText: textAt.get(duplicate.of) ?? '',
    })),
  };
}
