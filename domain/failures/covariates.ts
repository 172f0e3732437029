/** What may correlate with failing: length, naming a skill, and skill sets that never occurred in training. */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import type {
  ExposureFigure,
  FailureGroup,
  LengthFigure,
  MetricMeans,
} from '../../contracts/outputs/failure-description.ts';
import type { Plan } from '../../contracts/plan.ts';
import { hasUnspaced, plainForm } from '../basics/scripts.ts';
import { skillSetKey } from '../corpus/exposure.ts';
import { scoreItems } from '../scoring/score-items.ts';
import { byMetric, type ScoredItem } from '../scoring/scoring.ts';
import { round4 } from '../statistics/round.ts';
import { mean } from '../statistics/statistics.ts';
import type { JudgedText } from './judge-texts.ts';
import { groupBy, isScored, rateOf, type SkillTrial } from './rates.ts';

const rounded = (value: number | null): number | null => (value === null ? null : round4(value));

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * Number of runs of letters and digits; an apostrophe or hyphen inside does not split a word. In scripts without
 * blanks it counts the words of the runtime's dictionary: a figure for people to read, which no decision depends on.
 */
export function countWords(text: string): number {
  const runs = plainForm(text).match(WORD) ?? [];
  return runs.reduce((sum, run) => sum + (hasUnspaced(run) ? countSegments(run) : 1), 0);
}

const countSegments = (run: string): number =>
  [...segmenter.segment(run)].filter(({ isWordLike }) => isWordLike).length;

/** Over generated texts only: of a refused or truncated reply no text is kept. */
export function describeLength(texts: readonly JudgedText[]): LengthFigure[] {
  const written = texts.filter(isScored).filter(({ judged }) => judged.end === 'generated');
  return [...groupBy(written, ({ cell }) => cell.k)]
    .sort(([a], [b]) => a - b)
    .map(([k, same]) => {
      const measured = same.map(({ judged }) => ({ words: countWords(judged.text), full: judged.fullMarks ? 1 : 0 }));
      const wordsOf = (...full: number[]) =>
        measured.filter((text) => full.includes(text.full)).map(({ words }) => words);
      return {
        ...{ k, texts: same.length, meanWords: rounded(mean(wordsOf(0, 1))) },
        ...{ withFullMarks: rounded(mean(wordsOf(1))), without: rounded(mean(wordsOf(0))) },
        correlation: rounded(correlate(measured.map(({ words, full }) => [words, full]))),
      };
    });
}

/** Pearson correlation; null if either side is constant. */
function correlate(pairs: readonly (readonly [number, number])[]): number | null {
  const [mx, my] = [mean(pairs.map(([x]) => x)) ?? 0, mean(pairs.map(([, y]) => y)) ?? 0];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - mx) ** 2;
    yy += (y - my) ** 2;
    xy += (x - mx) * (y - my);
  }
  const constant = pairs.every(([x]) => x === pairs[0]?.[0]) || pairs.every(([, y]) => y === pairs[0]?.[1]);
  return constant ? null : xy / Math.sqrt(xx * yy);
}

/** Uses points as graders gave them: after a deduction for names, every named skill would have lost its point. */
export function describeLeakage(trials: readonly SkillTrial[]): FailureGroup['leakage'] {
  const written = trials.filter(({ text }) => text.judged?.end === 'generated');
  const given = (named: boolean) =>
    rateOf(written.filter((trial) => trial.named === named).map((trial) => ({ ...trial, value: trial.given })));
  return { named: given(true), unnamed: given(false) };
}

/** Scores items as cells do; cells of one k are pooled. */
export function describeExposure(
  cells: readonly CellOutcome[],
  plan: Plan,
  trainedSets: (cell: CellOutcome) => ReadonlySet<string>,
): ExposureFigure[] {
  const { generations } = plan.science.evaluation.aggregate;
  return [...groupBy(cells, ({ k }) => k)]
    .sort(([a], [b]) => a - b)
    .map(([k, same]) => {
      const items = same.flatMap((cell) => {
        const trained = trainedSets(cell);
        return scoreItems(cell, plan, generations)
          .filter(({ excluded }) => !excluded)
          .map((item) => ({ item, seen: trained.has(skillSetKey(item.combination.skills)) }));
      });
      const unseen = items.filter(({ seen }) => !seen);
      return { k, all: metricsOf(items.map(({ item }) => item)), unseen: metricsOf(unseen.map(({ item }) => item)) };
    });
}

function metricsOf(items: readonly ScoredItem[]): { combinations: number; metrics: MetricMeans } {
  const known = items.filter(({ scores }) => scores.fullMarks.value !== null);
  return {
    combinations: known.length,
    metrics: byMetric((metric) =>
      rounded(mean(known.flatMap(({ scores }) => (scores[metric].value === null ? [] : [scores[metric].value])))),
    ),
  };
}
