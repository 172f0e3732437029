/** Computes results from plan and ledger: offline, without a call, and always the same bytes (invariants 5 and 6). */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import type { FailureDescription } from '../../contracts/outputs/failure-description.ts';
import type { Gap } from '../../contracts/outputs/gaps.ts';
import type { ComposeList, EvaluationList, Plan, TunedStudent } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import type { Certificate, CertifiedDataset, Compared, Metric, Results } from '../../contracts/results.ts';
import { isTrained } from '../../contracts/study.ts';
import { measureAgreement } from '../../domain/comparing/agreement.ts';
import { tabulateScores } from '../../domain/comparing/score-table.ts';
import type { KeptByK, KeptText } from '../../domain/corpus/build-dataset.ts';
import { excusedHeldOutWords } from '../../domain/corpus/certificate.ts';
import { exposure, skillSetKey } from '../../domain/corpus/exposure.ts';
import { describeFailures } from '../../domain/failures/describe-failures.ts';
import { bookingOf, SpendingTally } from '../../domain/money/spending.ts';
import { cellsOf, tunedStudents } from '../../domain/plan/plan-cells.ts';
import { computeCompared } from '../../domain/report/compared.ts';
import { roundsOf } from '../../domain/rubric/rubric-checks.ts';
import { findGaps } from '../../domain/run/find-gaps.ts';
import { scoreCell } from '../../domain/scoring/score-cell.ts';
import { readCorpus, type Corpus } from '../corpus/corpus.ts';
import { makeDataset, type Dataset } from '../corpus/datasets.ts';
import { findDigest } from '../jobs/checkpoint-digests.ts';
import { listAmendments } from '../ledger/arms/amendments.ts';
import { listFailedArms } from '../ledger/arms/checkpoints.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { readCells, type Reading } from './read-cells.ts';
import { readPeople } from './read-people.ts';

export interface Analysis {
  readonly results: Results;
  /** The texts and gradings from which the cells of `results` were scored. */
  readonly outcomes: readonly CellOutcome[];
  readonly failures: FailureDescription;
  readonly certificate: Certificate;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly corpora: readonly Corpus[];
  /** Calls that are still to come: 0 for a finished study. */
  readonly open: number;
  /** The cells that wait for calls, for example `tiny/1,2,3/k3/held-out`. */
  readonly openCells: readonly string[];
  /** The lists of training texts that wait for calls. */
  readonly openLists: readonly ComposeList[];
  /** What the study lacks although the plan asked for it; means something only when nothing is open. */
  readonly gaps: readonly Gap[];
  readonly done: number;
}

const STATEMENT =
  'No skill or topic of the held-out side is part of any example of these files, and no held-out name stands in the ' +
  'variable part of any prompt in them. Checked when the plan was made, and again on the bytes whose SHA-256 is given.';

const NOT_CERTIFIED = [
  'What the base models were trained on before.',
  'Data that are mixed in during fine-tuning.',
  'Answers: words of held-out skills in them are counted and listed, not forbidden.',
  'Answers that show a held-out skill without naming it: training texts are graded for the skills they were asked for.',
];

export async function analyseStudy(context: ActivityContext, plan: Plan, hash: string): Promise<Analysis> {
  const tally = new SpendingTally(plan.science.prices);
  const reading: Reading = { find: (key) => context.ledger.find(key), tally, progress: { done: 0, open: 0 } };
  const { corpora, openLists } = await readCorpora(context, plan, reading);
  const datasets = makeDatasets(plan, corpora);
  const { outcomes, failedArms, amendments, openCells } = await readOutcomes(context, plan, hash, reading);
  const people = await readPeople(context, { plan, hash, cells: outcomes });
  const results: Results = {
    schema: 1,
    study: plan.science.name,
    plan: hash,
    corpus: corpora.map(({ row }) => row),
    cells: outcomes.map((cell) => scoreCell(cell, plan, exposureOf(datasets, cell))),
    agreement: measureAgreement(outcomes, plan),
    ...compareOutcomes(outcomes, plan, hash),
    failedArms: failedArms.map(({ details: _, ...arm }) => arm),
    amendments,
    ...(people ? { people } : {}),
    spending: tally.summarise(),
  };
  const failures = describeFailures(outcomes, plan, (cell) => trainedSetsOf(datasets, cell));
  const certificate = certificateOf(plan, hash, datasets);
  const gaps = findGaps({ plan, corpora, outcomes, failedArms, amendments });
  return {
    results,
    outcomes,
    failures,
    certificate,
    datasets,
    corpora,
    openCells,
    openLists,
    gaps,
    ...reading.progress,
  };
}

function compareOutcomes(outcomes: readonly CellOutcome[], plan: Plan, hash: string): Compared {
  const metrics = new Set<Metric>(['fullMarks', ...plan.science.hypotheses.map(({ metric }) => metric)]);
  return computeCompared({ tables: tabulateScores(outcomes, plan, [...metrics]), plan, hash });
}

async function readCorpora(context: ActivityContext, plan: Plan, reading: Reading) {
  const { teacher, keepGrader } = plan.science;
  const bookings = { teacher: bookingOf(teacher), keepGrader: bookingOf(keepGrader) };
  const corpora: Corpus[] = [];
  const openLists: ComposeList[] = [];
  for (const [list, { items }] of plan.compose.entries()) {
    const corpus = await readCorpus(context, plan, list);
    if (corpus) {
      for (const { role, key, call } of corpus.calls) reading.tally.add(bookings[role], key, call);
      corpora.push(corpus);
      continue;
    }
    openLists.push(list);
    reading.progress.open += items.length;
  }
  return { corpora, openLists };
}

const datasetName = (arm: string, student: string, partition: number): string => `${arm}|${student}|${partition}`;

/** The training files by arm, student and partition; leaves out partitions that are not composed yet. */
function makeDatasets(plan: Plan, corpora: readonly Corpus[]): Map<string, Dataset> {
  const datasets = new Map<string, Dataset>();
  for (const tuned of tunedStudents(plan)) {
    const name = datasetName(tuned.arm, tuned.student, tuned.partition);
    if (datasets.has(name) || !isTrained(armOf(plan, tuned.arm))) continue;
    const kept = keptOf(plan, corpora, tuned.partition);
    if (kept) datasets.set(name, makeDataset(plan, tuned, kept));
  }
  return datasets;
}

function keptOf(plan: Plan, corpora: readonly Corpus[], partition: number): KeptByK | undefined {
  const kept = new Map<number, readonly KeptText[]>();
  for (const [list, composing] of plan.compose.entries()) {
    if (composing.partition !== partition) continue;
    const corpus = corpora.find((candidate) => candidate.list === list);
    if (!corpus) return undefined;
    kept.set(composing.k, corpus.keptTexts);
  }
  return kept;
}

async function readOutcomes(context: ActivityContext, plan: Plan, hash: string, reading: Reading) {
  const failedArms = await listFailedArms(context.ledger.tables, hash);
  const amendments = await listAmendments(context.ledger.tables, hash);
  const outcomes: CellOutcome[] = [];
  const openCells: string[] = [];
  for (const tuned of tunedStudents(plan)) {
    const failed = failedArms.find((arm) => isSame(arm, tuned));
    const digest = await findDigest(context, plan, hash, tuned);
    for (const { list, path } of cellsOf(plan, tuned)) {
      const skipped = amendments.find(({ cell }) => cell === path);
      const progress = { done: 0, open: digest ? 0 : callsOf(plan, list) };
      const from = digest ? { of: digest } : { failure: failed?.reason ?? skipped?.why ?? 'not trained yet' };
      outcomes.push(...(await readCells({ ...reading, progress }, plan, tuned, list, from)));
      // A failed or skipped cell waits for nothing: its open calls count as missing.
      if (failed || skipped) continue;
      if (progress.open > 0) openCells.push(path);
      reading.progress.open += progress.open;
      reading.progress.done += progress.done;
    }
  }
  return { outcomes, failedArms, amendments, openCells };
}

const isSame = (a: TunedStudent, b: TunedStudent): boolean =>
  a.student === b.student && a.arm === b.arm && a.replicate === b.replicate && a.partition === b.partition;

/** How many calls one cell needs: a text for each item and generation, and its gradings. */
function callsOf(plan: Plan, list: EvaluationList): number {
  const { graders, evaluation } = plan.science;
  const items = plan.evaluation[list]?.items.length ?? 0;
  return items * evaluation.generations * (1 + graders.length * roundsOf(plan.catalog.rubric, evaluation.gradings));
}

/** The skill sets that the arm behind a cell was trained on. */
function trainedSetsOf(datasets: ReadonlyMap<string, Dataset>, cell: CellOutcome): ReadonlySet<string> {
  const texts: readonly KeptText[] = datasets.get(datasetName(cell.arm, cell.student, cell.partition))?.texts ?? [];
  return new Set(texts.map(({ combination }) => skillSetKey(combination.skills)));
}

const exposureOf = (datasets: ReadonlyMap<string, Dataset>, cell: CellOutcome): number =>
  exposure(
    cell.items.map(({ combination }) => combination),
    trainedSetsOf(datasets, cell),
  );

function certificateOf(plan: Plan, hash: string, datasets: ReadonlyMap<string, Dataset>): Certificate {
  const certified: CertifiedDataset[] = [...datasets.values()].map((dataset) => dataset.certified);
  const excused = plan.partitions.flatMap(({ index }) =>
    excusedHeldOutWords(plan, index).map(
      ({ name, where }) => `The name "${name}", which ${where} held already (partition ${index}).`,
    ),
  );
  return {
    schema: 1,
    study: plan.science.name,
    plan: hash,
    statement: STATEMENT,
    notCertified: [...NOT_CERTIFIED, ...excused],
    datasets: certified,
  };
}
