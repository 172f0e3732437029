/**
 * What fails in a study, by its first grader: counts, rates and pairs computed from the outcomes, and a few example
 * texts.
 */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import {
  SIGNATURES,
  type FailureDescription,
  type FailureExample,
  type FailureGroup,
  type Signature,
  type SignatureCounts,
} from '../../contracts/outputs/failure-description.ts';
import type { Plan } from '../../contracts/plan.ts';
import { isTrained } from '../../contracts/study.ts';
import { randomStream, shuffle } from '../basics/random.ts';
import { planHash } from '../plan/make-plan.ts';
import { findCoFailures } from './co-failures.ts';
import { describeExposure, describeLeakage, describeLength } from './covariates.ts';
import { judgeTexts, type JudgedText } from './judge-texts.ts';
import { describeCategories, describeSkills, describeTopics, groupBy, isScored, skillTrials } from './rates.ts';
import { canTell, placesOf, type PointPlaces } from './signatures.ts';

const EXAMPLES = 3;

/** The skill sets, as `skillSetKey` writes them, that the arm behind a cell was trained on. */
export type TrainedSets = (cell: CellOutcome) => ReadonlySet<string>;

export function describeFailures(
  cells: readonly CellOutcome[],
  plan: Plan,
  trainedSets: TrainedSets,
): FailureDescription {
  const grader = plan.science.graders[0]?.id ?? null;
  const places = placesOf(plan.catalog.rubric);
  const own = cells.filter((cell) => cell.grader === grader);
  const texts = new Map(own.map((cell) => [cell, judgeTexts(cell, plan, places)]));
  const all = [...texts.values()].flat();
  const groups = groupBy(own, ({ student, arm, setting }) => [student, arm, setting].join('|'));
  return {
    ...{ schema: 1, study: plan.science.name, plan: planHash(plan), grader },
    groups: [...groups.values()].map((group) => {
      const judged = group.flatMap((cell) => texts.get(cell) ?? []);
      return describeGroup(group, judged, plan, { places, trainedSets });
    }),
    coFailures: findCoFailures(all),
    examples: SIGNATURES.flatMap((signature) => pickExamples(all, signature, plan)),
  };
}

function describeGroup(
  cells: readonly CellOutcome[],
  texts: readonly JudgedText[],
  plan: Plan,
  { places, trainedSets }: { places: PointPlaces; trainedSets: TrainedSets },
): FailureGroup {
  const { student, arm, setting } = cells[0] as CellOutcome;
  const trials = skillTrials(texts);
  const trained = plan.science.arms.some((candidate) => candidate.id === arm && isTrained(candidate));
  return {
    ...{ student, arm, setting },
    signatures: [...groupBy(texts, ({ cell }) => cell.k)]
      .sort(([a], [b]) => a - b)
      .map(([k, same]) => countSignatures(k, same, places)),
    skills: describeSkills(trials, plan.catalog),
    categories: describeCategories(trials, plan.catalog),
    topics: describeTopics(texts, plan.catalog, places),
    length: describeLength(texts),
    leakage: describeLeakage(trials),
    exposure: trained ? describeExposure(cells, plan, trainedSets) : [],
  };
}

function countSignatures(k: number, texts: readonly JudgedText[], places: PointPlaces): SignatureCounts {
  const scored = texts.filter(isScored).map(({ judged }) => judged);
  const count = (signature: Signature): number =>
    scored.filter(({ signatures }) => signatures.includes(signature)).length;
  return {
    ...{ k, texts: scored.length, missing: texts.length - scored.length },
    fullMarks: scored.filter(({ fullMarks }) => fullMarks).length,
    signatures: Object.fromEntries(
      SIGNATURES.map((signature) => [signature, canTell(signature, places) ? count(signature) : null]),
    ) as SignatureCounts['signatures'],
    unnamed: scored.filter(({ fullMarks, signatures }) => !fullMarks && signatures.length === 0).length,
  };
}

/**
 * Example texts, drawn by the study's seed. Of a refused or truncated reply no text is kept, so it gives no example.
 */
function pickExamples(texts: readonly JudgedText[], signature: Signature, plan: Plan): FailureExample[] {
  const showing = texts
    .filter(isScored)
    .filter(({ judged }) => judged.end === 'generated' && judged.signatures.includes(signature));
  const stream = randomStream(plan.science.seed, 'failure-examples', signature);
  return shuffle(stream, showing)
    .slice(0, EXAMPLES)
    .map(({ cell, item, index, generation, judged }) => ({
      ...{ signature, student: cell.student, arm: cell.arm, replicate: cell.replicate, partition: cell.partition },
      ...{ k: cell.k, setting: cell.setting, skills: item.combination.skills, topic: item.combination.topic },
      ...{ combination: index, generation, text: judged.text },
    }));
}
