/** The same combination as each arm has written it: texts to read beside the figures, drawn by the study's seed. */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import { randomStream, shuffle } from '../basics/random.ts';
import { rubricLabels } from '../requests/prompt-view.ts';
import { judgeTexts, type JudgedText } from './judge-texts.ts';
import { groupBy } from './rates.ts';
import { placesOf } from './signatures.ts';

export interface ArmText {
  readonly arm: string;
  /** Of the text in its cell, as `./etude show` takes it: `7.0`. */
  readonly place: string;
  /** Null where it has no score. */
  readonly text: string | null;
  readonly end: string;
  readonly fullMarks: boolean;
  /** Points by the first grader. */
  readonly points: number;
  readonly of: number;
  /** The points that it does not earn, in the rubric's words. */
  readonly lacks: readonly string[];
}

export interface SideBySide {
  readonly student: string;
  readonly setting: string;
  readonly k: number;
  readonly skills: readonly string[];
  readonly topic: string;
  readonly texts: readonly ArmText[];
}

/** For each student, setting and k, as many combinations as asked for: first those on which arms differ. */
export function pickSideBySide(cells: readonly CellOutcome[], plan: Plan, each = 2): SideBySide[] {
  const [grader] = plan.science.graders;
  const own = cells.filter((cell) => cell.grader === grader?.id && cell.replicate === 0 && cell.partition === 0);
  const panels = groupBy(own, ({ student, setting, k }) => [student, setting, k].join('|'));
  return [...panels.values()].flatMap((panel) => drawFrom(panel, plan, each));
}

function drawFrom(panel: readonly CellOutcome[], plan: Plan, each: number): SideBySide[] {
  const places = placesOf(plan.catalog.rubric);
  const texts = panel.flatMap((cell) => judgeTexts(cell, plan, places)).filter(({ generation }) => generation === 0);
  const { student, setting, k } = panel[0] as CellOutcome;
  const stream = randomStream(plan.science.seed, 'side-by-side', student, setting, k);
  const combinations = shuffle(stream, [...groupBy(texts, ({ index }) => String(index)).values()]);
  const full = (same: readonly JudgedText[]): number => same.filter(({ judged }) => judged?.fullMarks).length;
  const differ = combinations.filter((same) => full(same) > 0 && full(same) < same.length);
  const alike = combinations.filter((same) => !differ.includes(same));
  return [...differ, ...alike].slice(0, each).map((same) => {
    const { combination } = (same[0] as JudgedText).item;
    const labels = rubricLabels(plan.catalog, combination);
    const { skills, topic } = combination;
    return { student, setting, k, skills, topic, texts: same.map((one) => armText(one, labels)) };
  });
}

function armText({ cell, item, index, generation, judged }: JudgedText, labels: readonly string[]): ArmText {
  const outcome = item.generations[generation];
  return {
    arm: cell.arm,
    place: `${index}.${generation}`,
    text: outcome?.end === 'generated' ? outcome.text : null,
    end: outcome?.end ?? 'missing',
    fullMarks: judged?.fullMarks ?? false,
    points: judged === null ? 0 : judged.points.reduce((sum, point) => sum + point, 0),
    of: labels.length,
    lacks: judged === null ? [] : labels.filter((_, at) => (judged.points[at] ?? 0) < 1),
  };
}
